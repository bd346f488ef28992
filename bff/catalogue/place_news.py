"""Places that were taken or freed: known at once to every copy that shows free times.

Copies keep free times for a while, and share a ledger. Whoever changes what a venue has free says
so there; a copy looks there before it answers a member from what it has kept. All of it is a hint:
without the ledger free times are as old as a copy keeps them, and a hold tells the truth.
"""

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bff.catalogue.ports import Catalogue
from bff.clock import Clock
from clients.until import unhurried

# The clocks of two copies differ by a second or so.
SKEW = dt.timedelta(seconds=5)
# Nobody looks back further than free times are kept, and a little.
KEPT = dt.timedelta(minutes=5)
# A booking waits no longer than this for its news to be written, and a look at others' takes no
# longer. The ledger answers within milliseconds.
LONGEST_SECONDS = 0.25
# After a look that failed none is made for so long: a ledger that hangs must not make all wait.
DEAF_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesMoved:
    """Places of a venue's day were taken or freed; `at` by the clock of the copy that says so."""

    id: str
    venue_id: str
    day: dt.date
    at: dt.datetime


class PlaceNews(Protocol):
    """Beside the ledger, for all copies. Errors: whatever the ledger is kept in raises."""

    async def tell(self, moved: PlacesMoved) -> None:
        """Durable, and seen by every `told` that begins afterwards."""
        ...

    async def told(self, since: dt.datetime, until: dt.datetime) -> Sequence[PlacesMoved]:
        """What was told of between these, the latest of each venue's day at least.

        `since` is KEPT ago at most; the stores need keep nothing for longer.
        """
        ...


class PlacesKnown:
    """Keeps the free times that one copy holds in step with what all copies sell and free."""

    def __init__(
        self, news: PlaceNews, catalogue: Catalogue, clock: Clock, *, kept_seconds: float
    ) -> None:
        """`kept_seconds`: for how long the catalogue shows free times without asking again."""
        self._news = news
        self._catalogue = catalogue
        self._clock = clock
        self._window = dt.timedelta(seconds=kept_seconds) + SKEW
        # The news that the last look found. Our own are heard like any other: they may stand where
        # another copy's stood that nobody here has seen.
        self._heard: frozenset[str] = frozenset()
        self._look: asyncio.Task[None] | None = None
        self._next_look: asyncio.Task[None] | None = None
        self._deaf_until: dt.datetime | None = None

    def forget(self, venue_id: str, day: dt.date) -> None:
        """Places were taken or freed: this copy asks again before it shows that day."""
        self._catalogue.forget(venue_id, day)

    async def tell(self, venue_id: str, day: dt.date) -> None:
        """Have every other copy forget that day, too. Bounded; a failure is logged, never raised.

        What hangs may still be written later.
        """
        name, now = secrets.token_hex(8), self._clock.now()
        moved = PlacesMoved(id=name, venue_id=venue_id, day=day, at=now)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._news.tell(moved)
        except Exception as failure:  # noqa: BLE001 - a hint, whatever becomes of it
            log.warning("places_not_told", extra={"reason": type(failure).__name__})

    async def catch_up(self) -> None:
        """Forget what any copy had told of when this was called. Never raises.

        One look at a time, however many call; a caller waits for one that begins after the call,
        as an earlier one may have missed what was told a moment ago. So two looks are the most
        that anybody waits for.
        """
        if self._is_deaf():
            return
        if self._next_look is None:
            self._next_look = asyncio.create_task(
                self._look_after(self._look), name="places told", context=unhurried()
            )
        await asyncio.wait({self._next_look})

    async def _look_after(self, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await asyncio.wait({earlier})
        # Whoever calls from here on needs another.
        self._look, self._next_look = self._next_look, None
        if self._is_deaf():
            return
        now = self._clock.now()
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                told = await self._news.told(now - self._window, now + SKEW)
        except Exception as failure:  # noqa: BLE001 - likewise
            log.warning("places_not_heard", extra={"reason": type(failure).__name__})
            self._deaf_until = now + dt.timedelta(seconds=DEAF_SECONDS)
        else:
            self._hear(told)

    def _is_deaf(self) -> bool:
        return self._deaf_until is not None and self._clock.now() < self._deaf_until

    def _hear(self, told: Sequence[PlacesMoved]) -> None:
        for moved in told:
            if moved.id not in self._heard:
                self._catalogue.forget(moved.venue_id, moved.day)
        self._heard = frozenset(moved.id for moved in told)
