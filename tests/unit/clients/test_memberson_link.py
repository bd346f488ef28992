import base64

import httpx
import pytest

from clients.errors import Malformed, NotSent, OutcomeUnknown, Refused, Unauthorised, UpstreamError
from clients.memberson.auth import ServiceUser
from clients.transport import Call
from tests.fake_clock import FakeClock
from tests.memberson_wire import AUTHENTICATE, Crm, linked, refuses, says

ASK = Call(operation="ask", method="GET", path="/api/thing")
THING = "GET /api/thing"


async def test_every_call_carries_svc_auth_and_token_and_no_member() -> None:
    crm = Crm()
    crm.on(THING, says({"x": 1}))
    async with linked(crm) as link:
        assert await link.ask(ASK) == {"x": 1}
    headers = crm.sent(THING)[0].headers
    user, password = headers["svcauth"].split(",")
    assert base64.b64decode(user, validate=True) == b"bff"
    assert base64.b64decode(password, validate=True) == b"service-password"
    assert headers["token"] == "token-1"
    assert "profiletoken" not in headers


async def test_authenticating_needs_svc_auth_and_no_token() -> None:
    crm = Crm()
    crm.on(THING, says(1))
    async with linked(crm) as link:
        await link.ask(ASK)
    headers = crm.sent(AUTHENTICATE)[0].headers
    assert "svcauth" in headers
    assert "token" not in headers
    assert crm.body(AUTHENTICATE) == {"UserName": "bff", "Password": "service-password"}


async def test_a_member_s_token_travels_when_it_is_given() -> None:
    crm = Crm()
    crm.on(THING, says(1))
    async with linked(crm) as link:
        await link.ask(ASK, "profile-token")
    assert crm.sent(THING)[0].headers["profiletoken"] == "profile-token"


@pytest.mark.parametrize("refusal", [refuses(2, 401), refuses("2", 400), refuses(2, 500)])
async def test_code_2_renews_the_token_once_and_repeats(refusal: httpx.Response) -> None:
    crm = Crm()
    crm.on(THING, refusal, says("done"))
    async with linked(crm) as link:
        assert await link.ask(ASK) == "done"
    assert [request.headers["token"] for request in crm.sent(THING)] == ["token-1", "token-2"]


async def test_a_bare_401_renews_the_token_too() -> None:
    crm = Crm()
    crm.on(THING, httpx.Response(401, text="no"), says("done"))
    async with linked(crm) as link:
        assert await link.ask(ASK) == "done"
    assert crm.calls[AUTHENTICATE] == 2


async def test_a_token_refused_twice_is_told_after_two_tries() -> None:
    crm = Crm()
    crm.on(THING, refuses("2", 401))
    async with linked(crm) as link:
        with pytest.raises(Unauthorised):
            await link.ask(ASK)
    assert crm.calls == {AUTHENTICATE: 2, THING: 2}


@pytest.mark.parametrize("code", [9, "9", 1001, "1002", 1004, 3001, "3005"])
@pytest.mark.parametrize("status", [400, 401, 404, 409, 500])
async def test_a_code_of_the_member_s_own_never_renews_the_token(code: object, status: int) -> None:
    crm = Crm()
    crm.on(THING, refuses(code, status))
    async with linked(crm) as link:
        with pytest.raises(Refused) as caught:
            await link.ask(ASK)
    assert not isinstance(caught.value, Unauthorised)
    assert (caught.value.code, caught.value.status) == (str(code), status)
    assert crm.calls[AUTHENTICATE] == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refuses(9000, 500), OutcomeUnknown, None),
        (refuses("9000", 400), OutcomeUnknown, None),
        (refuses(4711, 400), Refused, "4711"),
        (refuses(4711, 500), OutcomeUnknown, None),
        (refuses(None, 400), Refused, None),
        (httpx.Response(400, text="<html>no</html>"), Refused, None),
        (httpx.Response(404, json=["ErrorCode", 9]), Refused, None),
        (httpx.Response(504), OutcomeUnknown, None),
        (httpx.Response(501), Refused, None),
        (httpx.Response(429, headers={"retry-after": "3"}), NotSent, None),
    ],
)
async def test_other_failures_are_sorted_by_code_then_status(
    answer: httpx.Response, kind: type[UpstreamError], code: str | None
) -> None:
    crm = Crm()
    crm.on(THING, answer)
    async with linked(crm) as link:
        with pytest.raises(kind) as caught:
            await link.ask(ASK)
    assert type(caught.value) is kind
    assert getattr(caught.value, "code", None) == code


@pytest.mark.parametrize(
    "answer",
    [
        says("token-x"),
        httpx.Response(200, text="token-x"),
        httpx.Response(200, text=' "token-x"\n'),
    ],
)
async def test_the_service_token_is_bare_with_or_without_quotes(answer: httpx.Response) -> None:
    crm = Crm()
    crm.on(AUTHENTICATE, answer)
    crm.on(THING, says(1))
    async with linked(crm) as link:
        await link.ask(ASK)
    assert crm.sent(THING)[0].headers["token"] == "token-x"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200),
        says(None),
        says(7),
        says({"Token": "x"}),
        says("two words"),
        says("header\r\ninjected: yes"),
        says("x" * 513),
        httpx.Response(200, text="<html>sign in</html> please"),
        refuses(2, 401),
        httpx.Response(503),
        httpx.ReadTimeout("lost"),
    ],
)
async def test_without_a_usable_service_token_nothing_is_sent(
    answer: httpx.Response | Exception,
) -> None:
    crm = Crm()
    crm.on(AUTHENTICATE, answer)
    async with linked(crm) as link:
        with pytest.raises(NotSent):
            await link.send(ASK)
    assert crm.sent(THING) == []


async def test_an_old_token_is_renewed_before_anyone_refuses_it() -> None:
    crm, clock = Crm(), FakeClock()
    crm.on(THING, says(1))
    async with linked(crm, clock) as link:
        await link.ask(ASK)
        clock.advance(6 * 3600)
        await link.ask(ASK)
    assert [request.headers["token"] for request in crm.sent(THING)] == ["token-1", "token-2"]


@pytest.mark.parametrize("content", [b"", b"<html>", b"{", b"\xff"])
async def test_a_read_without_json_is_malformed(content: bytes) -> None:
    crm = Crm()
    crm.on(THING, httpx.Response(200, content=content))
    async with linked(crm) as link:
        with pytest.raises(Malformed):
            await link.ask(ASK)


async def test_nothing_of_the_crm_s_words_is_in_an_error() -> None:
    crm = Crm()
    crm.on(THING, refuses(9, 401))
    async with linked(crm) as link:
        with pytest.raises(Refused) as caught:
            await link.ask(ASK, "canary-profile-token")
    assert "canary" not in f"{caught.value} {caught.value!r}"


def test_the_service_password_does_not_show() -> None:
    assert "canary" not in repr(ServiceUser("bff", "canary"))
