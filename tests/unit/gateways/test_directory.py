"""The directory against a tiny user pool on the wire."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bff.gateways.directory import CognitoDirectory
from bff.members.ports import RefreshRefused
from clients.cognito.read import CognitoReads
from clients.cognito.write import CognitoWrites
from clients.errors import OutcomeUnknown, Refused
from tests.cognito_wire import APP, Answer, Json, PoolWire, pool_calls, refusal, tokens

NUMBER = "00012345"
USERNAME = "member-00012345"
EMAIL = "mei@example.test"
KEY = bytes(range(32))
FIRST_LOGIN = ["AdminGetUser", "AdminCreateUser", "AdminSetUserPassword", "AdminInitiateAuth"]


@dataclass
class Pool:
    """Users by name, their passwords (None until one is set), and faults by operation."""

    users: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[Answer]] = field(default_factory=dict)
    unseen_once: bool = False

    def answer(self, operation: str, body: Json) -> Answer:
        if self.faults.get(operation):
            return self.faults[operation].pop(0)
        operations = {
            "AdminGetUser": self.get,
            "AdminCreateUser": self.create,
            "AdminSetUserPassword": self.set_password,
            "AdminUpdateUserAttributes": self.update,
            "AdminInitiateAuth": self.sign_in,
            "GetTokensFromRefreshToken": self.refresh,
        }
        return operations[operation](body)

    def get(self, body: Json) -> Answer:
        name = body["Username"]
        if name not in self.users or self.unseen_once:
            self.unseen_once = False
            return refusal("UserNotFoundException")
        return 200, self.shown(name) | {"UserAttributes": self.attributes(name)}

    def create(self, body: Json) -> Answer:
        name = body["Username"]
        if name in self.users:
            return refusal("UsernameExistsException")
        self.users[name] = body["UserAttributes"][0]["Value"]
        return 200, {"User": self.shown(name) | {"Attributes": self.attributes(name)}}

    def set_password(self, body: Json) -> Answer:
        self.passwords[body["Username"]] = body["Password"]
        return 200, {}

    def update(self, body: Json) -> Answer:
        self.users[body["Username"]] = body["UserAttributes"][0]["Value"]
        return 200, {}

    def sign_in(self, body: Json) -> Answer:
        given = body["AuthParameters"]
        known = self.passwords.get(given["USERNAME"])
        if known is None or known != given["PASSWORD"]:
            return refusal("NotAuthorizedException")
        return tokens()

    def refresh(self, body: Json) -> Answer:
        known = body["RefreshToken"] == "good"
        return tokens(RefreshToken=None) if known else refusal("NotAuthorizedException")

    def shown(self, name: str) -> Json:
        return {"Username": name, "Enabled": True, "UserStatus": "CONFIRMED"}

    def attributes(self, name: str) -> list[Json]:
        return [
            {"Name": "sub", "Value": f"sub-of-{name}"},
            {"Name": "email", "Value": self.users[name]},
        ]


@contextlib.asynccontextmanager
async def directory(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, key: bytes = KEY
) -> AsyncIterator[tuple[CognitoDirectory, PoolWire]]:
    wire = PoolWire(pool.answer)
    async with pool_calls(wire, monkeypatch) as calls:
        reads, writes = CognitoReads(calls, APP), CognitoWrites(calls, APP)
        yield CognitoDirectory(reads, writes, password_key=key), wire


async def test_the_first_login_makes_a_user_who_can_sign_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool()
    async with directory(pool, monkeypatch) as (members, wire):
        assert await members.find_or_create(EMAIL, NUMBER) == f"sub-of-{USERNAME}"
        assert (await members.issue(NUMBER)).access_token == "access"
    assert pool.users == {USERNAME: EMAIL}
    assert wire.operations == FIRST_LOGIN


async def test_a_later_login_costs_two_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    async with directory(Pool(), monkeypatch) as (members, wire):
        for _ in range(2):
            await members.find_or_create(EMAIL, NUMBER)
            await members.issue(NUMBER)
    assert wire.operations[len(FIRST_LOGIN) :] == ["AdminGetUser", "AdminInitiateAuth"]


async def test_neither_name_nor_password_tells_of_the_guest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool()
    async with directory(pool, monkeypatch) as (members, _):
        await members.find_or_create(EMAIL, NUMBER)
        await members.find_or_create("jo@example.test", "00099999")
    (mine, other) = pool.passwords.values()
    assert mine != other
    for kind in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[!]", r".{40}"):
        assert re.search(kind, mine)
    assert NUMBER not in mine
    assert "mei" not in "".join(pool.users)


async def test_another_key_makes_other_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for key in (KEY, bytes(32)):
        pool = Pool()
        async with directory(pool, monkeypatch, key) as (members, _):
            await members.find_or_create(EMAIL, NUMBER)
        made.append(pool.passwords[USERNAME])
    assert made[0] != made[1]


async def test_of_two_first_logins_one_makes_the_user_and_both_get_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool(users={USERNAME: EMAIL}, unseen_once=True)
    async with directory(pool, monkeypatch) as (members, wire):
        assert await members.find_or_create(EMAIL, NUMBER) == f"sub-of-{USERNAME}"
        assert (await members.issue(NUMBER)).access_token == "access"
    assert "AdminCreateUser" in wire.operations
    assert list(pool.users) == [USERNAME]


async def test_ten_first_logins_at_once_make_one_user(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool()

    async with directory(pool, monkeypatch) as (members, _):

        async def login() -> str:
            sub = await members.find_or_create(EMAIL, NUMBER)
            await members.issue(NUMBER)
            return sub

        assert set(await asyncio.gather(*(login() for _ in range(10)))) == {f"sub-of-{USERNAME}"}
    assert len(pool.users) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal("NotAuthorizedException"),
        refusal("PasswordResetRequiredException"),
        (200, {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 20}),
    ],
)
async def test_a_user_left_without_our_password_is_repaired_once(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(users={USERNAME: EMAIL}, faults={"AdminInitiateAuth": [answer]})
    async with directory(pool, monkeypatch) as (members, wire):
        assert (await members.issue(NUMBER)).access_token == "access"
    assert wire.operations == ["AdminInitiateAuth", "AdminSetUserPassword", "AdminInitiateAuth"]


async def test_a_user_who_stays_out_is_not_repaired_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disabled = [refusal("NotAuthorizedException")] * 9
    pool = Pool(users={USERNAME: EMAIL}, faults={"AdminInitiateAuth": disabled})
    async with directory(pool, monkeypatch) as (members, wire):
        with pytest.raises(Refused):
            await members.issue(NUMBER)
    assert wire.operations.count("AdminInitiateAuth") == 2


async def test_a_misconfigured_client_changes_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = {"AdminInitiateAuth": [refusal("InvalidParameterException")]}
    async with directory(Pool(faults=faults), monkeypatch) as (members, wire):
        with pytest.raises(Refused):
            await members.issue(NUMBER)
    assert wire.operations == ["AdminInitiateAuth"]


async def test_a_changed_email_keeps_the_user_and_is_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool(users={USERNAME: "old@example.test"})
    async with directory(pool, monkeypatch) as (members, _):
        assert await members.find_or_create(EMAIL, NUMBER) == f"sub-of-{USERNAME}"
    assert pool.users == {USERNAME: EMAIL}


async def test_an_email_that_cannot_be_noted_stops_no_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = {"AdminUpdateUserAttributes": [refusal("AliasExistsException")]}
    pool = Pool(users={USERNAME: "old@example.test"}, faults=faults)
    async with directory(pool, monkeypatch) as (members, _):
        assert await members.find_or_create(EMAIL, NUMBER)


async def test_a_refused_creation_is_no_race(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = {"AdminCreateUser": [refusal("InvalidParameterException")]}
    async with directory(Pool(faults=faults), monkeypatch) as (members, wire):
        with pytest.raises(Refused):
            await members.find_or_create(EMAIL, NUMBER)
    assert wire.operations == ["AdminGetUser", "AdminCreateUser"]


async def test_a_name_taken_by_nobody_we_can_see_stays_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = {"AdminCreateUser": [refusal("UsernameExistsException")]}
    async with directory(Pool(faults=faults), monkeypatch) as (members, _):
        with pytest.raises(Refused):
            await members.find_or_create(EMAIL, NUMBER)


async def test_a_good_refresh_token_gives_new_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    async with directory(Pool(), monkeypatch) as (members, _):
        issued = await members.refresh("good")
    assert (issued.access_token, issued.refresh_token) == ("access", None)


@pytest.mark.parametrize(
    "code", ["NotAuthorizedException", "UserNotFoundException", "RefreshTokenReuseException"]
)
async def test_an_ended_refresh_token_is_told_apart(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(faults={"GetTokensFromRefreshToken": [refusal(code)]})
    async with directory(pool, monkeypatch) as (members, _):
        with pytest.raises(RefreshRefused):
            await members.refresh("over")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("InvalidParameterException"), Refused),
        (refusal("InternalErrorException", 500), OutcomeUnknown),
    ],
)
async def test_other_trouble_with_refreshing_is_not_the_members(
    answer: Answer, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with directory(Pool(faults={"GetTokensFromRefreshToken": [answer]}), monkeypatch) as (
        members,
        _,
    ):
        with pytest.raises(kind):
            await members.refresh("good")


async def test_the_customer_is_read_off_the_name_without_a_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with directory(Pool(), monkeypatch) as (members, wire):
        assert members.customer_number(USERNAME) == NUMBER
        for stranger in ("", "member-", "00012345", "mei@example.test", "xmember-1", "Member-1"):
            assert members.customer_number(stranger) is None
    assert wire.calls == []
