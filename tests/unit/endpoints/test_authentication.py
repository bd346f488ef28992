from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from bff.auth.bearer import TokenProblem
from bff.auth.keys import KeyRing
from bff.auth.principal import Principal
from bff.auth.verifier import Verifier
from bff.endpoints.authentication import Authentication, client_address
from clients.errors import NotSent
from tests.token_forge import POLICY, FixedClock, claims, jwk, token

GOOD = b"Bearer " + token().encode()
EXPIRED = b"Bearer " + token(claims(iat=1, exp=2)).encode()


class App:
    """Keeps what it was called with."""

    scope: Scope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        self.scope = scope


async def no_message() -> Message:
    return {"type": "http.request"}


async def nowhere(message: Message) -> None:
    del message


async def call(
    *headers: tuple[bytes, bytes], away: bool = False, kind: str = "http", **scope: Any
) -> dict[str, Any]:
    """The state that the application behind the middleware sees."""

    async def keys() -> list[object]:
        if away:
            raise NotSent("cognito", "keys")
        return [jwk()]

    clock, app = FixedClock(), App()
    verify = Verifier(POLICY, KeyRing(keys, clock), clock).verify
    middleware = Authentication(app, verify=verify, trusted_proxies=0)
    asked = {"type": kind, "headers": list(headers), "client": ("192.0.2.1", 5)} | scope
    await middleware(asked, no_message, nowhere)
    state: dict[str, Any] = app.scope["state"]
    return state


async def test_a_good_token_names_its_member() -> None:
    state = await call((b"authorization", GOOD))
    assert isinstance(state["principal"], Principal)
    assert state["principal"].username == "member-00012345"
    assert state["token_problem"] is None
    assert state["client_address"] == "192.0.2.1"


async def test_without_a_token_nobody_asks_and_nothing_is_wrong() -> None:
    state = await call((b"accept", b"application/json"))
    assert (state["principal"], state["token_problem"]) == (None, None)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (EXPIRED, TokenProblem.EXPIRED),
        (b"", TokenProblem.INVALID),
        (b"Bearer", TokenProblem.INVALID),
        (b"Bearer ", TokenProblem.INVALID),
        (b"Basic dXNlcjpwYXNz", TokenProblem.INVALID),
        (GOOD.removeprefix(b"Bearer "), TokenProblem.INVALID),
        (GOOD.replace(b"Bearer", b"Bearer:"), TokenProblem.INVALID),
        (GOOD + b" " + GOOD, TokenProblem.INVALID),
        (GOOD + b", " + GOOD, TokenProblem.INVALID),
        (b"Bearer \xff\xfe", TokenProblem.INVALID),
        (b"\xff", TokenProblem.INVALID),
        (b"Bearer \x00", TokenProblem.INVALID),
        (b"Bearer " + b"x" * 60_000, TokenProblem.INVALID),
    ],
)
async def test_a_bad_token_is_named_and_fails_nothing(header: bytes, problem: str) -> None:
    state = await call((b"authorization", header))
    assert (state["principal"], state["token_problem"]) == (None, problem)


@pytest.mark.parametrize("scheme", [b"bearer ", b"BEARER ", b"Bearer   ", b" Bearer "])
async def test_case_and_blanks_of_the_scheme_do_not_matter(scheme: bytes) -> None:
    state = await call((b"authorization", GOOD.replace(b"Bearer ", scheme)))
    assert state["principal"]


async def test_of_two_authorizations_neither_counts() -> None:
    state = await call((b"authorization", GOOD), (b"Authorization", GOOD))
    assert (state["principal"], state["token_problem"]) == (None, TokenProblem.INVALID)


async def test_unreachable_keys_are_a_problem_of_their_own() -> None:
    state = await call((b"authorization", GOOD), away=True)
    assert (state["principal"], state["token_problem"]) == (None, TokenProblem.KEYS_UNREACHABLE)


async def test_a_websocket_is_asked_for_its_token_too() -> None:
    state = await call((b"authorization", GOOD), kind="websocket")
    assert state["principal"]


async def test_the_state_of_the_server_is_kept_and_not_written_to() -> None:
    shared = {"services": "kept"}
    state = await call((b"authorization", GOOD), state=shared)
    assert state["services"] == "kept"
    assert shared == {"services": "kept"}


async def test_the_lifespan_passes_untouched() -> None:
    async def never(token: str) -> Principal:
        raise AssertionError(token)

    app = App()
    scope = {"type": "lifespan"}
    await Authentication(app, verify=never, trusted_proxies=0)(scope, no_message, nowhere)
    assert app.scope == {"type": "lifespan"}


def address(proxies: int, *forwarded: bytes, peer: str | None = "192.0.2.1") -> str | None:
    headers = [(b"x-forwarded-for", value) for value in forwarded]
    scope = {"headers": headers, "client": (peer, 5) if peer else None}
    return client_address(scope, proxies)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, [b"203.0.113.9"], "192.0.2.1"),
        (0, [], "192.0.2.1"),
        (1, [b"203.0.113.9"], "203.0.113.9"),
        (1, [b"10.9.9.9, 203.0.113.9"], "203.0.113.9"),
        (1, [b"10.9.9.9", b"203.0.113.9"], "203.0.113.9"),
        (2, [b"10.9.9.9, 203.0.113.9, 198.51.100.7"], "203.0.113.9"),
        (2, [b"203.0.113.9"], "203.0.113.9"),
        (1, [], "192.0.2.1"),
        (1, [b"unknown"], "192.0.2.1"),
        (1, [b"\xff\x00"], "192.0.2.1"),
        (1, [b"203.0.113.9:4711"], "203.0.113.9"),
        (1, [b"[2001:db8::1]:443"], "2001:db8::1"),
        (1, [b"2001:DB8:0::1"], "2001:db8::1"),
        (1, [b"::ffff:203.0.113.9"], "203.0.113.9"),
        (1, [b","], "192.0.2.1"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    proxies: int, forwarded: list[bytes], expected: str
) -> None:
    assert address(proxies, *forwarded) == expected


def test_a_caller_without_an_address_has_none() -> None:
    assert address(0, peer=None) is None
    assert address(1, peer=None) is None


def test_what_a_caller_writes_in_front_is_not_believed() -> None:
    spoofed = b", ".join([b"10.0.0.1"] * 50)
    assert address(1, spoofed + b", 203.0.113.9") == "203.0.113.9"
