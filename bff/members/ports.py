"""What signing in and a member's own data need from outside."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bff.members.model import MemberSession, Profile, Standing
from bff.money import Rate


class WrongPassword(Exception):
    """The CRM does not take this password, or wants it reset first."""

    def __init__(self, *, must_reset: bool = False) -> None:
        super().__init__("must reset" if must_reset else "wrong password")
        self.must_reset = must_reset


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmSession:
    customer_number: str
    profile_token: str = field(repr=False)
    expires_at: dt.datetime


class Crm(Protocol):
    """Memberson in our words. Errors: `clients.errors.UpstreamError`."""

    async def find(self, email: str) -> Sequence[str]:
        """Customer numbers that have this email; usually none or one."""
        ...

    async def sign_in(self, customer_number: str, password: str) -> CrmSession:
        """Errors: also `WrongPassword`."""
        ...

    async def profile(self, customer_number: str) -> Profile: ...

    async def standing(self, customer_number: str) -> Standing: ...

    async def rates(self) -> Sequence[Rate]:
        """Points to money; cached, since it changes with the programme only."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTokens:
    """Cognito's answer; `refresh_token` is None when a refresh did not rotate it."""

    access_token: str = field(repr=False)
    id_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in_seconds: int


class RefreshRefused(Exception):
    """The refresh token is unknown, revoked or over."""


class Directory(Protocol):
    """The Cognito user pool in our words. Errors: `clients.errors.UpstreamError`."""

    async def find_or_create(self, email: str, customer_number: str) -> str:
        """The user's `sub`; the user is made at the first login."""
        ...

    async def issue(self, customer_number: str) -> IssuedTokens:
        """Tokens for a member whom the CRM has just let in."""
        ...

    async def refresh(self, refresh_token: str) -> IssuedTokens:
        """Errors: also `RefreshRefused`."""
        ...

    def customer_number(self, username: str) -> str | None:
        """The CRM customer whom this user was made for; None for a user who is not ours.

        Read off the username, without a call.
        """
        ...


class Sessions(Protocol):
    async def keep(self, session: MemberSession) -> None: ...

    async def load(self, sub: str) -> MemberSession | None:
        """The last session kept for this member, also when it is over by now."""
        ...


class Attempts(Protocol):
    """Failed sign-ins, counted over a window, shared by every running copy."""

    async def count(self, key: str, now: dt.datetime) -> int: ...

    async def add(self, key: str, now: dt.datetime, window: dt.timedelta) -> int:
        """Count one more and say how many there are; the window starts with the first."""
        ...

    async def take_back(self, key: str) -> None:
        """Count one less, never below none: that attempt was no failure after all."""
        ...

    async def clear(self, key: str) -> None: ...

    async def ends_at(self, key: str, now: dt.datetime) -> dt.datetime | None: ...
