"""What a request does for a booking within its time budget; a worker does the rest."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from bff.booking.advance import Driver
from bff.booking.changes import Changes
from bff.booking.model import Booking, Point
from bff.booking.ports import Ledger, Superseded
from clients.until import unhurried

# How often a request that waits for somebody else's work looks by itself.
LOOK_AGAIN_SECONDS = 0.25


class Effort:
    """Drives in tasks of its own: a caller who leaves, or runs out of time, stops no call."""

    def __init__(
        self, driver: Driver, ledger: Ledger, changes: Changes, *, budget_seconds: float
    ) -> None:
        self._driver = driver
        self._ledger = ledger
        self._changes = changes
        self._budget = budget_seconds
        self._running: set[asyncio.Task[Booking | None]] = set()

    def opened(self, booking: Booking) -> Booking:
        """A new row whose first call is announced as ours."""
        return self._driver.opened(booking)

    async def first(self, booking: Booking) -> Booking:
        """Drive a booking that we have just written and leased."""
        return await self._within_budget(booking, self._driver.drive(booking, fresh=True))

    async def again(self, booking: Booking) -> Booking:
        """Take a booking up, or wait for whoever has it."""
        return await self._within_budget(booking, self._driver.resume(booking.id))

    async def cancel(self, booking: Booking) -> Booking:
        """Take up a booking, whose wish to cancel is written down, when nobody else has it."""
        return await self._within_budget(booking, self._when_free(booking.id))

    async def drain(self) -> None:
        """Wait for the drives whose requests have been answered."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _when_free(self, booking_id: str) -> Booking | None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._budget
        while loop.time() < ends:
            taken = await self._driver.resume(booking_id)
            if taken is not None:
                return taken
            await self._changes.wait(booking_id, LOOK_AGAIN_SECONDS)
        return None

    async def _within_budget(
        self, booking: Booking, drive: Coroutine[Any, Any, Booking | None]
    ) -> Booking:
        ends = asyncio.get_running_loop().time() + self._budget
        task = asyncio.create_task(
            _unless_superseded(drive), name=f"drive {booking.id}", context=unhurried()
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait({task}, timeout=self._budget)
        driven = task.result() if task.done() else None
        return driven if driven is not None else await self._at_rest(booking, ends)

    async def _at_rest(self, booking: Booking, ends: float) -> Booking:
        """The booking once whoever drives it lets go, or as it is when the budget ends."""
        loop = asyncio.get_running_loop()
        while True:
            known = await self._ledger.load(booking.id) or booking
            left = ends - loop.time()
            if known.lease_owner is None or left <= 0:
                return known
            await self._changes.wait(booking.id, min(left, LOOK_AGAIN_SECONDS))


def may_move(booking: Booking) -> bool:
    """Whether driving it could change anything by itself."""
    return not booking.in_doubt and booking.point not in {Point.CONFIRMED, Point.ENDED}


async def _unless_superseded(drive: Coroutine[Any, Any, Booking | None]) -> Booking | None:
    try:
        return await drive
    except Superseded:
        return None
