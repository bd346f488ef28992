"""A cache for answers of an upstream that outlives the upstream's absence.

An entry passes three ages: fresh for `ttl_seconds`; then, for `revalidate_seconds` more, served
while it is renewed behind the caller's back; and until `stale_seconds` after its fresh time served
only where the upstream cannot be asked (`UpstreamError`). Failures are never kept, and what says
little (nothing found, half an answer) is fresh for a moment only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from cachetools import TTLCache

from clients.errors import UpstreamError
from clients.until import unhurried
from clients.watching import Read, overhear

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LoadMany = Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]

# How long an answer that says little is fresh: a crowd costs one call, and a mistake is soon over.
BRIEF_SECONDS = 5.0
# While the last renewal of an entry has failed, its callers wait no longer than this for the next:
# an upstream that hangs must not make everyone wait, and one that is back is noticed at once.
PATIENCE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Cached(Generic[V]):
    """`as_of`: the cache's clock when loading began. `is_stale`: no newer one could be had."""

    value: V
    as_of: float
    is_stale: bool = False


@dataclass(slots=True)
class _Entry(Generic[V]):
    """`is_away`: the last attempt to renew it failed. `is_outdated`: known to be wrong by now."""

    value: V
    as_of: float
    ttl: float
    is_away: bool = False
    is_outdated: bool = False

    def shown(self, *, is_stale: bool) -> Cached[V]:
        return Cached(self.value, self.as_of, is_stale)


@dataclass(slots=True)
class Stats:
    """What a cache tells of itself; `heard` is whoever wants to hear of each of its answers.

    `age` is the newest entry's in seconds, None for an empty cache.
    """

    name: str
    entries: Callable[[], int]
    age: Callable[[], float | None]
    heard: Callable[[Read], None] = lambda _read: None

    def tell(self, read: Read) -> None:
        self.heard(read)
        overhear(read)


_Flight = asyncio.Task[dict[K, _Entry[V]]]


class Cache(Generic[K, V]):
    """At most `max_entries`, the least recently used leave first; `now` is a clock in seconds.

    However many ask for a key, one loading runs for it; a caller who leaves does not stop it.
    `is_brief` tells the answers that say little; `name` is for figures.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        name: str,
        *,
        ttl_seconds: float,
        stale_seconds: float,
        max_entries: int,
        now: Callable[[], float],
        revalidate_seconds: float = 0,
        is_brief: Callable[[V], bool] = lambda _value: False,
    ) -> None:
        self._ttl = ttl_seconds
        self._is_brief = is_brief
        self._revalidate = revalidate_seconds
        self._now = now
        self._entries: TTLCache[K, _Entry[V]] = TTLCache(
            max_entries, ttl_seconds + stale_seconds, timer=now
        )
        self.stats = Stats(name, entries=lambda: len(self._entries), age=self._age)
        # The loading whose answer for this key will be kept; `expire` and `load_many` take it out.
        self._flights: dict[K, _Flight[K, V]] = {}
        self._running: set[_Flight[K, V]] = set()

    async def get(self, key: K, load: Callable[[], Awaitable[V]]) -> Cached[V]:
        """Errors: those of `load`."""

        async def load_one(_: Sequence[K]) -> Mapping[K, V]:
            return {key: await load()}

        return (await self.get_many([key], load_one))[key]

    async def get_many(self, keys: Iterable[K], load: LoadMany[K, V]) -> dict[K, Cached[V]]:
        """All keys, with one loading of those that are missing.

        A key that `load` leaves out, or that it failed to load while nothing is known of it, is
        missing from the answer. Errors: those of `load`, where it leaves nothing to answer.
        """
        held = {key: self._entries.get(key) for key in keys}
        wanted = [key for key, entry in held.items() if not self._is_fresh(entry)]
        ours = {key: None for key in wanted if key not in self._flights}
        if ours:
            self._take_off(list(ours), load)
        flights = {key: self._flights[key] for key in wanted}
        await self._wait(held, flights)
        found: dict[K, Cached[V]] = {}
        failure: UpstreamError | None = None
        for key, entry in held.items():
            try:
                shown = _shown(key, entry, flights.get(key))
            except UpstreamError as problem:
                failure = problem
                continue
            if shown is not None:
                found[key] = shown
                kept = entry is not None and entry.value is shown.value
                self._tell(shown, was_kept=kept, was_asked=key in ours)
        if failure is not None and not found:
            raise failure
        return found

    async def renew(self, key: K, load: Callable[[], Awaitable[V]]) -> None:
        """Load a value ahead of its time, for those who will ask. Errors: those of `load`."""

        async def load_one(_: Sequence[K]) -> Mapping[K, V]:
            return {key: await load()}

        if key not in self._flights:
            self._take_off([key], load_one)
        flight = self._flights[key]
        await asyncio.wait({flight})
        flight.result()

    async def load_many(self, keys: Sequence[K], load: LoadMany[K, V]) -> dict[K, V]:
        """Load whatever is known, and keep it; a loading under way is not kept any more.

        Errors: those of `load`.
        """
        flight = self._take_off(keys, load)
        await asyncio.wait({flight})
        return {key: entry.value for key, entry in flight.result().items()}

    def expire(self, key: K) -> None:
        """Show a value no more, but for want of a new one, and then as stale.

        A loading under way still answers its callers, but is not kept.
        """
        self._flights.pop(key, None)
        if entry := self._entries.get(key):
            entry.is_outdated, entry.is_away = True, False

    async def aclose(self) -> None:
        """Stop what is loading."""
        for flight in self._running:
            flight.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _tell(self, shown: Cached[V], *, was_kept: bool, was_asked: bool) -> None:
        how: Literal["fresh", "stale", "loaded", "joined"] = "loaded" if was_asked else "joined"
        if shown.is_stale or was_kept:
            how = "stale" if shown.is_stale else "fresh"
        age = max(0.0, self._now() - shown.as_of)
        self.stats.tell(Read(cache=self.stats.name, how=how, age_seconds=age))

    def _age(self) -> float | None:
        newest = max((entry.as_of for entry in self._entries.values()), default=None)
        return None if newest is None else self._now() - newest

    def _is_fresh(self, entry: _Entry[V] | None) -> bool:
        if entry is None or entry.is_away or entry.is_outdated:
            return False
        return self._now() - entry.as_of < entry.ttl

    def _is_old(self, entry: _Entry[V]) -> bool:
        return self._now() - entry.as_of >= entry.ttl + self._revalidate

    def _entry(self, value: V, as_of: float) -> _Entry[V]:
        ttl = min(BRIEF_SECONDS, self._ttl) if self._is_brief(value) else self._ttl
        return _Entry(value, as_of, ttl)

    def _take_off(self, keys: Sequence[K], load: LoadMany[K, V]) -> _Flight[K, V]:
        # Many wait for it: the end of whoever happens to be the first is not its end.
        flight = asyncio.create_task(self._load(keys, load), name="cache load", context=unhurried())
        self._running.add(flight)
        self._flights.update(dict.fromkeys(keys, flight))
        flight.add_done_callback(lambda done: self._land(keys, done))
        return flight

    async def _load(self, keys: Sequence[K], load: LoadMany[K, V]) -> dict[K, _Entry[V]]:
        began = self._now()
        loaded = await load(keys)
        return {key: self._entry(value, began) for key, value in loaded.items()}

    def _land(self, keys: Sequence[K], flight: _Flight[K, V]) -> None:
        """Keep what came, for the keys that still want it."""
        self._running.discard(flight)
        counting = [key for key in keys if self._flights.get(key) is flight]
        for key in counting:
            del self._flights[key]
        if flight.cancelled():
            return
        # Reading the exception also tells asyncio that somebody has seen it.
        if flight.exception() is None:
            landed = flight.result()
            self._entries.update({key: landed[key] for key in counting if key in landed})
            return
        for key in counting:
            if entry := self._entries.get(key):
                entry.is_away = True

    async def _wait(
        self, held: Mapping[K, _Entry[V] | None], flights: Mapping[K, _Flight[K, V]]
    ) -> None:
        """Wait as long as the most demanding key needs; `asyncio.wait` cancels nothing."""
        needed, hoped = set[_Flight[K, V]](), set[_Flight[K, V]]()
        for key, flight in flights.items():
            entry = held[key]
            if entry is not None and entry.is_away:
                hoped.add(flight)
            elif entry is None or entry.is_outdated or self._is_old(entry):
                needed.add(flight)
        if needed:
            await asyncio.wait(needed)
        elif hoped:
            await asyncio.wait(hoped, timeout=PATIENCE_SECONDS)


def _shown(key: K, entry: _Entry[V] | None, flight: _Flight[K, V] | None) -> Cached[V] | None:
    """The newest that is known of a key. Errors: those of its loading, where nothing is known."""
    if flight is None or not flight.done():
        return entry.shown(is_stale=entry.is_away or entry.is_outdated) if entry else None
    try:
        landed = flight.result().get(key)
    except UpstreamError:
        if entry is None:
            raise
        return entry.shown(is_stale=True)
    return landed.shown(is_stale=False) if landed else None
