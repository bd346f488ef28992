"""What a request does for a booking within its time budget; a worker does the rest."""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from bff.booking.advance import Driver
from bff.booking.changes import Changes
from bff.booking.model import Booking, Point
from bff.booking.ports import Ledger, Superseded
from clients.until import unhurried

# How often a request that waits for somebody else's work looks by itself.
LOOK_AGAIN_SECONDS = 0.25

log = logging.getLogger(__name__)


class Effort:
    """Drives in tasks of its own: a caller who leaves, or runs out of time, stops no call.

    A drive that breaks, as when the ledger cannot be written, ends like one that ran out of time:
    the row is open, so a worker will finish it.
    """

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
        task.add_done_callback(partial(_tell_of, booking.id))
        await asyncio.wait({task}, timeout=self._budget)
        if _broke(task):
            return await self._known(booking)
        driven = task.result() if task.done() else None
        return driven if driven is not None else await self._at_rest(booking, ends)

    async def _at_rest(self, booking: Booking, ends: float) -> Booking:
        """The booking once whoever drives it lets go, or as it is when the budget ends."""
        loop = asyncio.get_running_loop()
        while True:
            known = await self._known(booking)
            left = ends - loop.time()
            if known.lease_owner is None or left <= 0:
                return known
            await self._changes.wait(booking.id, min(left, LOOK_AGAIN_SECONDS))

    async def _known(self, booking: Booking) -> Booking:
        try:
            return await self._ledger.load(booking.id) or booking
        except Exception:
            log.exception("booking_unread", extra={"booking_id": booking.id})
            return booking


def may_move(booking: Booking) -> bool:
    """Whether driving it could change anything by itself."""
    return not booking.in_doubt and booking.point not in {Point.CONFIRMED, Point.ENDED}


async def _unless_superseded(drive: Coroutine[Any, Any, Booking | None]) -> Booking | None:
    try:
        return await drive
    except Superseded:
        return None


def _broke(task: asyncio.Task[Booking | None]) -> Exception | None:
    """What broke a drive; None while it runs."""
    failure = task.exception() if task.done() and not task.cancelled() else None
    return failure if isinstance(failure, Exception) else None


def _tell_of(booking_id: str, task: asyncio.Task[Booking | None]) -> None:
    """However late it broke: the request may have been answered before."""
    failure = _broke(task)
    if failure is not None:
        log.error("drive_broken", exc_info=failure, extra={"booking_id": booking_id})
