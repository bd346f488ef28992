import asyncio
import base64
import hashlib
import hmac
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from clients.cognito.answers import tokens_of
from clients.cognito.calls import Calls, open_calls
from clients.cognito.read import CognitoReads
from clients.cognito.write import CognitoWrites
from clients.errors import Malformed, NotSent, OutcomeUnknown, Refused, UpstreamError
from clients.guard import Guard, KeptBack
from clients.secret_versions import Fixed
from tests.cognito_wire import (
    APP,
    Answer,
    HangUp,
    Json,
    PoolWire,
    point_at,
    pool_calls,
    refusal,
    tokens,
)

SECRET = "composed-client-secret-00000"
SECRETS: Fixed[str | None] = Fixed(SECRET)
USER = {
    "Username": "member-00012345",
    "UserAttributes": [
        {"Name": "sub", "Value": "a-sub"},
        {"Name": "email", "Value": "mei@example.test"},
    ],
}


def boto3_client() -> CognitoIdentityProviderClient:
    return boto3.session.Session().client("cognito-idp", region_name="ap-southeast-1")


def always(answer: Answer) -> PoolWire:
    return PoolWire(lambda _operation, _body: answer)


async def test_a_user_is_read_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = always((200, USER))
    async with pool_calls(wire, monkeypatch) as calls:
        user = await CognitoReads(calls, APP).user("member-00012345")
    assert user
    assert (user.username, user.sub, user.email) == ("member-00012345", "a-sub", "mei@example.test")
    asked = {"UserPoolId": APP.pool_id, "Username": "member-00012345"}
    assert wire.calls == [("AdminGetUser", asked)]
    assert "AWS4-HMAC-SHA256 Credential=composed/" in wire.headers[0]


async def test_an_unknown_user_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async with pool_calls(always(refusal("UserNotFoundException")), monkeypatch) as calls:
        assert await CognitoReads(calls, APP).user("nobody") is None


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage",
        b"",
        b"null",
        b"[]",
        {},
        {"Username": None, "UserAttributes": None},
        {"Username": "x", "UserAttributes": [{"Name": "email", "Value": "e"}]},
        {"UserAttributes": USER["UserAttributes"]},
    ],
)
async def test_an_unusable_user_is_an_upstream_error(
    answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pool_calls(always((200, answer)), monkeypatch) as calls:
        with pytest.raises((Malformed, OutcomeUnknown)):
            await CognitoReads(calls, APP).user("member-00012345")


async def test_a_user_is_made_without_a_message_to_the_member(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = {"Username": USER["Username"], "Attributes": USER["UserAttributes"]}
    wire = always((200, {"User": made}))
    async with pool_calls(wire, monkeypatch) as calls:
        user = await CognitoWrites(calls, APP).create_user("member-1", email="mei@example.test")
    assert user.sub == "a-sub"
    ((operation, body),) = wire.calls
    assert operation == "AdminCreateUser"
    assert body["MessageAction"] == "SUPPRESS"
    assert {"Name": "email_verified", "Value": "true"} in body["UserAttributes"]


async def test_signing_in_answers_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = always(tokens())
    async with pool_calls(wire, monkeypatch) as calls:
        issued = await CognitoWrites(calls, APP).sign_in("member-1", "secret")
    assert (issued.access_token, issued.id_token, issued.refresh_token) == (
        "access",
        "id",
        "refresh",
    )
    assert issued.expires_in_seconds == 3600
    ((operation, body),) = wire.calls
    assert (operation, body["AuthFlow"]) == ("AdminInitiateAuth", "ADMIN_USER_PASSWORD_AUTH")
    assert body["AuthParameters"] == {"USERNAME": "member-1", "PASSWORD": "secret"}


async def test_a_client_with_a_secret_proves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = always(tokens())
    async with pool_calls(wire, monkeypatch) as calls:
        await CognitoWrites(calls, APP, SECRETS).sign_in("member-1", "secret")
    expected = hmac.digest(SECRET.encode(), b"member-1app-client", hashlib.sha256)
    sent = wire.calls[0][1]["AuthParameters"]["SECRET_HASH"]
    assert base64.b64decode(sent) == expected


async def test_a_challenge_is_a_refusal_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = (200, {"ChallengeName": "SMS_MFA", "Session": "s" * 20})
    async with pool_calls(always(answer), monkeypatch) as calls:
        with pytest.raises(Refused) as refused:
            await CognitoWrites(calls, APP).sign_in("member-1", "secret")
    assert refused.value.code == "SMS_MFA"


async def test_an_answer_without_tokens_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with pool_calls(always((200, {})), monkeypatch) as calls:
        with pytest.raises(Malformed):
            await CognitoWrites(calls, APP).sign_in("member-1", "secret")


async def test_a_refresh_without_a_new_refresh_token(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = always(tokens(RefreshToken=None, ExpiresIn=None))
    async with pool_calls(wire, monkeypatch) as calls:
        issued = await CognitoWrites(calls, APP).refresh("old")
    assert issued.refresh_token is None
    assert issued.expires_in_seconds == 3600
    sent = {"RefreshToken": "old", "ClientId": APP.client_id}
    assert wire.calls == [("GetTokensFromRefreshToken", sent)]


@pytest.mark.parametrize("lifetime", [0, -1, 10**17, "soon", True])
async def test_a_lifetime_that_cannot_be_is_taken_as_an_hour(lifetime: Any) -> None:
    answer = {"AuthenticationResult": {"AccessToken": "access", "ExpiresIn": lifetime}}
    assert tokens_of(answer, operation="x").expires_in_seconds == 3600


@pytest.mark.parametrize("token", [None, "", 1053, True, ["access"]])
def test_a_token_that_opens_nothing_is_none(token: Any) -> None:
    with pytest.raises(Malformed):
        tokens_of({"AuthenticationResult": {"AccessToken": token}}, operation="x")


async def test_a_client_with_a_secret_refreshes_without_knowing_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = always(tokens())
    async with pool_calls(wire, monkeypatch) as calls:
        await CognitoWrites(calls, APP, SECRETS).refresh("old")
    sent = {"RefreshToken": "old", "ClientId": APP.client_id, "ClientSecret": SECRET}
    assert wire.calls == [("GetTokensFromRefreshToken", sent)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("NotAuthorizedException"), Refused),
        (refusal("ResourceNotFoundException"), Refused),
        (refusal("AccessDeniedException"), Refused),
        (refusal("TooManyRequestsException"), NotSent),
        (refusal("ThrottlingException"), NotSent),
        (refusal("Whatever", 429), NotSent),
        (refusal("InternalErrorException", 500), OutcomeUnknown),
        (refusal("InternalErrorException"), OutcomeUnknown),
        ((503, b"<html>"), OutcomeUnknown),
        ((400, b"not json"), Refused),
    ],
)
async def test_an_error_is_sorted_by_what_to_do_and_sent_once(
    answer: Answer, kind: type[UpstreamError], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = always(answer)
    async with pool_calls(wire, monkeypatch) as calls:
        with pytest.raises(UpstreamError) as failed:
            await CognitoWrites(calls, APP).set_password("member-00012345", "secret")
    assert type(failed.value) is kind
    assert wire.operations == ["AdminSetUserPassword"]
    assert "mei" not in str(failed.value)
    assert "00012345" not in str(failed.value)
    assert failed.value.__cause__ is None


async def test_a_connection_that_breaks_after_the_request_leaves_the_outcome_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hang_up(_operation: str, _body: Json) -> Answer:
        raise HangUp

    wire = PoolWire(hang_up)
    async with pool_calls(wire, monkeypatch) as calls:
        with pytest.raises(OutcomeUnknown):
            await CognitoWrites(calls, APP).set_email("member-1", "mei@example.test")
    assert wire.operations == ["AdminUpdateUserAttributes"]


async def test_a_silent_pool_leaves_the_outcome_open(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = always(tokens())
    wire.hold = asyncio.Event()
    async with pool_calls(wire, monkeypatch, timeout_seconds=0.2) as calls:
        with pytest.raises(OutcomeUnknown):
            await CognitoWrites(calls, APP).sign_in("member-1", "secret")
        wire.hold.set()


async def test_a_pool_that_is_down_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        point_at(free.getsockname()[1], monkeypatch)
    async with open_calls("ap-southeast-1", timeout_seconds=2) as calls:
        with pytest.raises(NotSent):
            await CognitoReads(calls, APP).user("member-1")


async def test_without_credentials_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = always((200, USER))
    async with pool_calls(wire, monkeypatch) as calls:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        del calls
        async with open_calls("ap-southeast-1", timeout_seconds=2) as bare:
            with pytest.raises(NotSent):
                await CognitoReads(bare, APP).user("member-1")
    assert wire.calls == []


async def test_a_caller_who_leaves_cuts_no_write_short() -> None:
    begun, release, done = asyncio.Event(), threading.Event(), []
    loop = asyncio.get_running_loop()

    def write() -> Json:
        loop.call_soon_threadsafe(begun.set)
        release.wait(timeout=5)
        done.append("written")
        return {}

    async with open_calls("ap-southeast-1", timeout_seconds=5) as calls:
        leaver = asyncio.create_task(calls.run(write))
        await begun.wait()
        leaver.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaver
        loop.call_later(0.05, release.set)
    assert done == ["written"]


async def test_a_call_that_no_thread_has_begun_in_time_was_not_sent() -> None:
    release, begun = threading.Event(), []

    def held(name: str) -> Json:
        begun.append(name)
        release.wait(timeout=5)
        return {}

    with ThreadPoolExecutor(1) as pool:
        calls = Calls(boto3_client(), pool, Guard("cognito", timeout_seconds=0.1, limit=2))
        found = await asyncio.gather(
            *(calls.run(held, name) for name in ("first", "second")), return_exceptions=True
        )
        release.set()
    assert [type(one) for one in found] == [OutcomeUnknown, KeptBack]
    assert begun == ["first"]


async def test_after_a_storm_every_call_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = always((200, USER))
    async with pool_calls(wire, monkeypatch) as calls:
        reads = CognitoReads(calls, APP)
        storm = [asyncio.create_task(reads.user("member-1")) for _ in range(40)]
        await asyncio.sleep(0.01)
        for task in storm[::2]:
            task.cancel()
        await asyncio.gather(*storm, return_exceptions=True)
        assert all(await asyncio.gather(*(reads.user("member-1") for _ in range(12))))
