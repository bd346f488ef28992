"""Signing in with everything around it faked, behind the ports."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bff.auth.keys import KeysAway
from bff.auth.principal import Principal
from bff.auth.refusals import BadSignature
from bff.members.model import (
    MemberSession,
    Membership,
    MembershipStatus,
    Profile,
    Standing,
)
from bff.members.ports import CrmSession, IssuedTokens, RefreshRefused, WrongPassword
from bff.members.sign_in import SignIn
from bff.money import Rate
from clients.errors import UpstreamError
from tests.token_forge import NOW, FixedClock

EMAIL = "mei@example.test"
PASSWORD = "right"
NUMBER = "00012345"
ADDRESS = "203.0.113.9"
PROFILE = Profile(customer_number=NUMBER, first_name="Mei", last_name="Tan", email=EMAIL)
STANDING = Standing(
    membership=Membership(number="CT0000001A", status=MembershipStatus.ACTIVE),
    balance=100,
    currency="C21 Points",
    as_of=NOW,
)


@dataclass
class Faulty:
    """Counts its calls by name and fails those that it is told to."""

    faults: dict[str, Exception] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def called(self, name: str) -> None:
        self.calls[name] += 1
        if name in self.faults:
            raise self.faults[name]


@dataclass
class FakeCrm(Faulty):
    emails: dict[str, Sequence[str]] = field(default_factory=lambda: {EMAIL: [NUMBER]})
    standing_of_all: Standing = STANDING

    async def find(self, email: str) -> Sequence[str]:
        self.called("find")
        return self.emails.get(email, [])

    async def sign_in(self, customer_number: str, password: str) -> CrmSession:
        self.called("sign_in")
        if password != PASSWORD:
            raise WrongPassword
        return CrmSession(
            customer_number=customer_number,
            profile_token="profile-token",
            expires_at=NOW + dt.timedelta(hours=24),
        )

    async def profile(self, customer_number: str) -> Profile:
        self.called("profile")
        return replace(PROFILE, customer_number=customer_number)

    async def standing(self, customer_number: str) -> Standing:
        del customer_number
        self.called("standing")
        return self.standing_of_all

    async def rates(self) -> Sequence[Rate]:
        raise AssertionError("signing in needs no rates")


@dataclass
class FakeDirectory(Faulty):
    async def find_or_create(self, email: str, customer_number: str) -> str:
        del email
        self.called("find_or_create")
        return f"sub-{customer_number}"

    async def issue(self, customer_number: str) -> IssuedTokens:
        self.called("issue")
        return issued(f"access-{customer_number}")

    async def refresh(self, refresh_token: str) -> IssuedTokens:
        self.called("refresh")
        if refresh_token != "good":
            raise RefreshRefused
        return replace(issued(f"access-{NUMBER}"), refresh_token=None)

    def customer_number(self, username: str) -> str | None:
        return username.removeprefix("member-") if username.startswith("member-") else None


def issued(access_token: str) -> IssuedTokens:
    return IssuedTokens(
        access_token=access_token, id_token="id", refresh_token="refresh", expires_in_seconds=3600
    )


@dataclass
class FakeSessions(Faulty):
    kept: dict[str, MemberSession] = field(default_factory=dict)

    async def keep(self, session: MemberSession) -> None:
        self.called("keep")
        self.kept[session.sub] = session

    async def load(self, sub: str) -> MemberSession | None:
        self.called("load")
        return self.kept.get(sub)


class FakeAttempts:
    """Counts with windows, in memory; shows every key that it was ever given."""

    def __init__(self) -> None:
        self._counted: dict[str, tuple[int, dt.datetime]] = {}
        self.keys: set[str] = set()

    async def count(self, key: str, now: dt.datetime) -> int:
        counted, ends_at = self._counted.get(key, (0, now))
        return counted if ends_at > now else 0

    async def add(self, key: str, now: dt.datetime, window: dt.timedelta) -> int:
        self.keys.add(key)
        before = await self.count(key, now)
        ends_at = self._counted[key][1] if before else now + window
        self._counted[key] = (before + 1, ends_at)
        return before + 1

    async def take_back(self, key: str) -> None:
        if key in self._counted:
            counted, ends_at = self._counted[key]
            self._counted[key] = (max(0, counted - 1), ends_at)

    async def clear(self, key: str) -> None:
        self._counted.pop(key, None)

    async def ends_at(self, key: str, now: dt.datetime) -> dt.datetime | None:
        counted = self._counted.get(key)
        return counted[1] if counted and counted[1] > now else None

    def total(self) -> int:
        return sum(counted for counted, _ in self._counted.values())


@dataclass
class House:
    crm: FakeCrm = field(default_factory=FakeCrm)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    attempts: FakeAttempts = field(default_factory=FakeAttempts)
    clock: FixedClock = field(default_factory=FixedClock)
    keys_away: bool = False

    def sign_in(self, *, key: bytes = b"k" * 32) -> SignIn:
        return SignIn(
            crm=self.crm,
            directory=self.directory,
            sessions=self.sessions,
            attempts=self.attempts,
            verify=self.verify,
            clock=self.clock,
            key=key,
        )

    async def verify(self, token: str) -> Principal:
        if self.keys_away:
            raise KeysAway
        if not token.startswith("access-"):
            raise BadSignature
        return principal(token.removeprefix("access-"))

    @property
    def upstream_calls(self) -> Counter[str]:
        return self.crm.calls + self.directory.calls

    def down(self, name: str, failure: UpstreamError) -> None:
        """One port's call fails from now on, whichever upstream has it."""
        self.crm.faults[name] = self.directory.faults[name] = failure


def principal(number: str, username: str | None = None) -> Principal:
    return Principal(
        sub=f"sub-{number}",
        username=username or f"member-{number}",
        client_id="app-client",
        token_expires_at=NOW + dt.timedelta(hours=1),
    )
