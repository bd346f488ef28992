"""Signing in and being recognised, against the user pool's stand-in over real sockets."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bff.auth.keys import MIN_INTERVAL, KeyRing
from bff.auth.refusals import BadSignature, TokenRefused, UnknownKey, WrongUse
from bff.auth.tokens import TokenPolicy
from bff.auth.verifier import Verifier
from bff.clock import SystemClock
from bff.gateways.directory import CognitoDirectory
from bff.members.ports import RefreshRefused
from clients.cognito.calls import open_calls
from clients.cognito.jwks import CognitoKeys
from clients.cognito.models import AppClient
from clients.cognito.read import CognitoReads
from clients.cognito.write import CognitoWrites
from clients.errors import NotSent, OutcomeUnknown
from clients.secret_versions import Fixed
from clients.transport import open_transport
from tests.pool_caller import CLIENT_SECRET
from tests.sandbox_process import Sandbox

NUMBER = "00010001"
EMAIL = "mei.tan@example.test"
USERNAME = f"member-{NUMBER}"


class LateClock(SystemClock):
    """The real time and a little more, so that no test waits for an interval to pass."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return super().now() + self.ahead


@dataclass
class Front:
    directory: CognitoDirectory
    verifier: Verifier
    clock: LateClock

    async def sign_in(self) -> str:
        """An access token, as a member gets it."""
        await self.directory.find_or_create(EMAIL, NUMBER)
        return (await self.directory.issue(NUMBER)).access_token


@contextlib.asynccontextmanager
async def front(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    *,
    secret: str | None = None,
    key: bytes = bytes(32),
) -> AsyncIterator[Front]:
    settings = sandbox.environment
    for name, value in settings.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    app = AppClient(
        pool_id=settings["COGNITO_POOL_ID"],
        client_id=settings["COGNITO_CLIENT_ID"],
    )
    policy = TokenPolicy(
        issuer=settings["COGNITO_ISSUER"],
        client_ids=frozenset({app.client_id}),
        token_use="access",
        leeway_seconds=5,
        max_lifetime_seconds=86_400,
        max_bytes=8192,
    )
    clock, url = LateClock(), settings["COGNITO_JWKS_URL"]
    async with (
        open_calls(settings["COGNITO_REGION"], timeout_seconds=5) as calls,
        open_transport("cognito", url, timeout_seconds=5) as transport,
    ):
        yield Front(
            CognitoDirectory(
                CognitoReads(calls, app), CognitoWrites(calls, app, Fixed(secret)), password_key=key
            ),
            Verifier(policy, KeyRing(CognitoKeys(transport, url).entries, clock), clock),
            clock,
        )


async def test_a_members_token_names_the_user_that_was_made_for_them(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with front(sandbox, monkeypatch) as it:
        sub = await it.directory.find_or_create(EMAIL, NUMBER)
        issued = await it.directory.issue(NUMBER)
        principal = await it.verifier.verify(issued.access_token)
        assert (principal.sub, principal.username) == (sub, USERNAME)
        assert it.directory.customer_number(principal.username) == NUMBER
        assert issued.id_token
        with pytest.raises(WrongUse):
            await it.verifier.verify(issued.id_token)
    (user,) = sandbox.books("cognito")["users"]
    assert user["attributes"] == {"email": EMAIL, "email_verified": "true"}


@pytest.mark.parametrize("operation", ["AdminCreateUser", "AdminSetUserPassword"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_a_first_login_that_breaks_off_anywhere_is_mended_by_the_next(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, operation: str, fault: str
) -> None:
    sandbox.fault("cognito", fault, f"/{operation}", times=1)
    async with front(sandbox, monkeypatch) as it:
        with pytest.raises(OutcomeUnknown):
            await it.sign_in()
        assert await it.verifier.verify(await it.sign_in())
    assert len(sandbox.books("cognito")["users"]) == 1


async def test_a_lost_answer_is_not_asked_for_again_behind_our_back(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.fault("cognito", "drop_after", "/AdminCreateUser")
    async with front(sandbox, monkeypatch) as it:
        with pytest.raises(OutcomeUnknown):
            await it.directory.find_or_create(EMAIL, NUMBER)
    assert len(sandbox.calls("cognito", method="POST")) == 2  # looked for, made


async def test_ten_first_logins_at_once_make_one_user_who_is_in(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with front(sandbox, monkeypatch) as it:
        issued = await asyncio.gather(*(it.sign_in() for _ in range(10)))
        found = [await it.verifier.verify(token) for token in issued]
    assert len({principal.sub for principal in found}) == 1


async def test_a_replaced_password_key_locks_nobody_out(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in (bytes(32), b"\1" * 32):
        async with front(sandbox, monkeypatch, key=key) as it:
            assert await it.verifier.verify(await it.sign_in())


@pytest.mark.parametrize("secret", [None, CLIENT_SECRET], ids=["public", "with a secret"])
@pytest.mark.parametrize("rotates", [False, True])
async def test_a_session_is_refreshed_whatever_the_app_client_is_like(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, *, secret: str | None, rotates: bool
) -> None:
    sandbox.switch("cognito", client_has_secret=secret is not None, refresh_rotation=rotates)
    async with front(sandbox, monkeypatch, secret=secret) as it:
        sub = await it.directory.find_or_create(EMAIL, NUMBER)
        first = await it.directory.issue(NUMBER)
        assert first.refresh_token
        second = await it.directory.refresh(first.refresh_token)
        assert (await it.verifier.verify(second.access_token)).sub == sub
        assert (second.refresh_token is not None) is rotates
        if rotates:
            with pytest.raises(RefreshRefused):
                await it.directory.refresh(first.refresh_token)


async def test_an_invented_refresh_token_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with front(sandbox, monkeypatch) as it:
        with pytest.raises(RefreshRefused):
            await it.directory.refresh("invented")


async def test_members_stay_in_while_the_pool_rotates_its_keys(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with front(sandbox, monkeypatch) as it:
        before = await it.sign_in()
        await it.verifier.verify(before)
        sandbox.post("/cognito/keys/rotate")
        after = await it.sign_in()
        it.clock.ahead += MIN_INTERVAL
        for token in (after, before):
            assert await it.verifier.verify(token)
    assert len(sandbox.calls("cognito", method="GET")) == 2


async def test_a_key_that_the_pool_has_withdrawn_is_unknown(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with front(sandbox, monkeypatch) as it:
        token = await it.sign_in()
        sandbox.post("/cognito/keys/rotate")
        sandbox.post("/cognito/keys/retire")
        with pytest.raises(UnknownKey):
            await it.verifier.verify(token)


async def test_a_known_member_gets_in_while_the_pool_is_down(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with front(sandbox, monkeypatch) as it:
        known, unseen = await it.sign_in(), await it.sign_in()
        await it.verifier.verify(known)
        sandbox.fault("cognito", "down")
        assert await it.verifier.verify(known)
        assert await it.verifier.verify(unseen)
        with pytest.raises((NotSent, OutcomeUnknown)):
            await it.sign_in()


async def test_a_token_altered_in_one_place_anywhere_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with front(sandbox, monkeypatch) as it:
        token = await it.sign_in()
        signature = token.rindex(".")
        for place in range(0, len(token), 7):
            letter = "A" if token[place] != "A" else "B"
            with pytest.raises(TokenRefused):
                await it.verifier.verify(token[:place] + letter + token[place + 1 :])
        with pytest.raises(BadSignature):
            await it.verifier.verify(token[: signature + 1] + "A" * 342)
