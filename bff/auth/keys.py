"""The pool's public keys, by key id.

A known key is answered at once, whatever goes on around it: no stranger and no outage can lock out
a member whose key we know. Only an unknown key id makes us ask the pool, at most once in
`MIN_INTERVAL`, so that a stranger's invented ids make no flood; and since nobody can prolong the
interval, a newly rotated key is learned within it.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable

from bff.auth.refusals import UnknownKey
from bff.auth.signatures import PublicKey, public_key
from bff.clock import Clock
from clients.errors import UpstreamError

# A member with a key that was rotated in just after our last look is refused this long at most.
MIN_INTERVAL = dt.timedelta(seconds=2)

# A key that the pool has withdrawn is trusted this long at most, while the pool can be asked.
MAX_AGE = dt.timedelta(hours=1)

# A pool publishes two keys, and four while it rotates them.
MAX_KEYS = 16

Fetch = Callable[[], Awaitable[Iterable[object]]]
"""The entries of the pool's key set as they came. Errors: `UpstreamError`."""


class KeysAway(Exception):
    """The key is not known and the pool cannot be asked: the same token may be good later."""

    def __init__(self) -> None:
        super().__init__("the pool's keys cannot be fetched")


class KeyRing:
    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._asked_at: dt.datetime | None = None
        self._fetched_at: dt.datetime | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> PublicKey:
        """Errors: `UnknownKey`, `KeysAway`."""
        known = self._keys.get(kid)
        if known is not None:
            self._renew_if_old()
            return known
        await self._look_again()
        if kid in self._keys:
            return self._keys[kid]
        if self._last_look_failed:
            raise KeysAway
        raise UnknownKey

    async def renew(self) -> None:
        """Fetch the keys ahead of time. Errors: `KeysAway`; those that we have stay."""
        await self._look_again()
        if self._last_look_failed:
            raise KeysAway

    async def close(self) -> None:
        """Let a fetch under way come to its end."""
        if self._fetching is not None:
            await asyncio.wait([self._fetching])

    @property
    def _last_look_failed(self) -> bool:
        return self._fetched_at is None or self._fetched_at != self._asked_at

    def _renew_if_old(self) -> None:
        """Behind the caller's back: a member never waits for keys that we have."""
        if self._fetched_at is None or self._clock.now() - self._fetched_at >= MAX_AGE:
            self._start()

    async def _look_again(self) -> None:
        self._start()
        if self._fetching is not None:
            # Shielded: one caller who leaves must not fail the others.
            await asyncio.shield(self._fetching)

    def _start(self) -> None:
        """One fetch at a time, and not too soon after the last."""
        now = self._clock.now()
        if self._fetching is not None:
            return
        if self._asked_at is not None and now - self._asked_at < MIN_INTERVAL:
            return
        self._asked_at = now
        self._fetching = asyncio.create_task(self._renew(now), name="fetch the pool's keys")

    async def _renew(self, asked_at: dt.datetime) -> None:
        """Take over what the pool publishes; keep what we have when that is nothing usable."""
        try:
            with contextlib.suppress(UpstreamError):
                keys = _usable(await self._fetch())
                if keys:
                    self._keys, self._fetched_at = keys, asked_at
        finally:
            self._fetching = None


def _usable(entries: Iterable[object]) -> dict[str, PublicKey]:
    """The first entry of an id wins: a later one cannot replace it."""
    keys: dict[str, PublicKey] = {}
    for entry in entries:
        key = public_key(entry)
        if key is not None and len(keys) < MAX_KEYS:
            keys.setdefault(key.kid, key)
    return keys
