"""How often one member, or one address, may ask: token buckets within the process.

Who is signed in is counted as a member, all others by address, so that a hotel's guests do not use
up each other's share. Each copy of the service counts for itself; what must hold for all of them
together is the load balancer's and the firewall's.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from cachetools import LRUCache

from bff.edge_settings import RateSettings
from resolvers.bodies import BadRequest
from resolvers.context import Caller
from resolvers.kinds import Kind

# Who is forgotten, has a full bucket again: at a hundred bytes each, a few megabytes.
MAX_CALLERS = 50_000


class TooOften(BadRequest):
    def __init__(self, wait_seconds: float, limit: str) -> None:
        self.limit = limit
        super().__init__(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many requests. Please wait.",
            retry_after_seconds=wait_seconds,
        )


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: dt.datetime


class Buckets:
    """A minute's share at once, then as it comes in again."""

    def __init__(self, per_minute: int, name: str = "requests") -> None:
        self._per_minute = per_minute
        self._name = name
        self._buckets: LRUCache[str, _Bucket] = LRUCache(MAX_CALLERS)

    def take(self, caller: str, now: dt.datetime) -> None:
        """Errors: `TooOften`."""
        if not self._per_minute:
            return
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self._per_minute, now)
        passed = max(0.0, (now - bucket.at).total_seconds())
        per_second = self._per_minute / 60
        bucket.tokens = min(self._per_minute, bucket.tokens + passed * per_second)
        bucket.at = now
        if bucket.tokens < 1:
            raise TooOften((1 - bucket.tokens) / per_second, self._name)
        bucket.tokens -= 1


class Rates:
    def __init__(self, settings: RateSettings) -> None:
        self._members = Buckets(settings.member_requests, "member")
        self._addresses = Buckets(settings.address_requests, "address")
        self._bookings = Buckets(settings.member_bookings, "bookings")
        self._sign_ins = Buckets(settings.address_sign_ins, "sign-ins")

    def take(self, caller: Caller, now: dt.datetime) -> None:
        """One request of any kind, before it is read. Errors: `TooOften`."""
        if caller.principal is not None:
            self._members.take(caller.principal.sub, now)
        else:
            self._addresses.take(caller.address, now)

    def take_kinds(self, kinds: Iterable[Kind], caller: Caller, now: dt.datetime) -> None:
        """Errors: `TooOften`."""
        for kind in kinds:
            if kind is Kind.SIGNS_IN:
                self._sign_ins.take(caller.address, now)
            elif caller.principal is not None:
                self._bookings.take(caller.principal.sub, now)
