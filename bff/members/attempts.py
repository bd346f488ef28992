"""How often somebody may fail to sign in.

An attempt is counted as failed before the CRM is asked, and taken back when it was none: so many
guesses at once cannot pass the limit together. The store sees keyed hashes only, never an email or
an address.
"""

import datetime as dt
import hashlib
import hmac
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass

from bff.clock import Clock
from bff.members.outcomes import AttemptsExceeded
from bff.members.ports import Attempts

WINDOW = dt.timedelta(minutes=15)

# Five is what a member with three passwords in mind needs; 480 guesses a day are no danger to one.
EMAIL_FAILURES = 5
# A hotel's guests share an address; who tries one password on many members has one too.
ADDRESS_FAILURES = 30
REFRESH_FAILURES = 30

# Who has one IPv6 address has all of its /64.
_IPV6_SHARED_BITS = 64


@dataclass(frozen=True, slots=True)
class _Counter:
    key: str
    failures: int
    cleared_by_success: bool


class Attempt:
    """One attempt, counted already."""

    def __init__(self, store: Attempts, counters: Sequence[_Counter]) -> None:
        self._store = store
        self._counters = counters

    async def succeeded(self) -> None:
        """A member got in: their own failures are forgotten, their neighbours' are not."""
        for counter in self._counters:
            if counter.cleared_by_success:
                await self._store.clear(counter.key)
            else:
                await self._store.take_back(counter.key)

    async def forget(self) -> None:
        """It was no failure of the member's: an upstream was away."""
        for counter in self._counters:
            await self._store.take_back(counter.key)


class AttemptLimits:
    """`key` keeps who can read the store from finding out whom it speaks of."""

    def __init__(self, store: Attempts, clock: Clock, key: bytes) -> None:
        self._store = store
        self._clock = clock
        self._key = key

    async def begin_sign_in(self, email: str, address: str) -> Attempt | AttemptsExceeded:
        """`email` in its normal form; `address` may be empty when it is not known."""
        of_email = _Counter(self._hashed("email", email), EMAIL_FAILURES, cleared_by_success=True)
        return await self._begin([*self._of("address", address, ADDRESS_FAILURES), of_email])

    async def begin_refresh(self, address: str) -> Attempt | AttemptsExceeded:
        return await self._begin(self._of("refresh", address, REFRESH_FAILURES))

    async def _begin(self, counters: Sequence[_Counter]) -> Attempt | AttemptsExceeded:
        for position, counter in enumerate(counters, start=1):
            now = self._clock.now()
            if await self._store.add(counter.key, now, WINDOW) > counter.failures:
                # Who is told to wait has not tried: an app that goes on asking for one member must
                # not lock their neighbours out.
                await Attempt(self._store, counters[:position]).forget()
                ends_at = await self._store.ends_at(counter.key, now) or now + WINDOW
                seconds = math.ceil((ends_at - now).total_seconds())
                return AttemptsExceeded(retry_after_seconds=max(1, seconds))
        return Attempt(self._store, counters)

    def _of(self, kind: str, address: str, failures: int) -> list[_Counter]:
        if not address:
            return []
        return [_Counter(self._hashed(kind, _network(address)), failures, cleared_by_success=False)]

    def _hashed(self, kind: str, value: str) -> str:
        return hmac.digest(self._key, f"attempts\0{kind}\0{value}".encode(), hashlib.sha256).hex()


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), _IPV6_SHARED_BITS), strict=False))
