"""Finishes what requests could not: drives bookings that are due, or that somebody woke."""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from bff.booking.advance import Driver
from bff.booking.model import Booking
from bff.booking.ports import Ledger, Superseded, Wakeups
from bff.booking.retention import Forgetting
from bff.booking.standing import standing
from bff.clock import Clock
from bff.credentials.vault import CannotOpen
from bff.turns import Absences, Turn, Turns, Waiting, waiting
from clients.tracing import Trace, Tracer, traced

log = logging.getLogger(__name__)

# How late a booking may be found whose driver died or whose wake-up was lost.
SWEEP_SECONDS = 1.0
# Found by one sweep, besides those that are known to wait already.
SWEEP_LIMIT = 100
# More than this many in line are not looked beyond; an upstream that hangs is no longer asked then.
MOST_IN_LINE = 2000
# Of the bookings that waited for an upstream, so many are taken up at once when it is back.
MOST_PARKED = 1000

# A row of a data key that we do not have, or that no version of ours has written.
_UNREADABLE = (CannotOpen, ValueError, KeyError, TypeError)

# How often the figures are told by which an alarm is raised, and how many bookings are counted.
REPORT_SECONDS = 60.0
REPORT_LIMIT = 1000


class Worker:
    """Takes bookings up as their turn comes at the upstream that they need next (`bff.turns`)."""

    def __init__(
        self,
        driver: Driver,
        ledger: Ledger,
        wakeups: Wakeups,
        clock: Clock,
        forgetting: Forgetting | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.forgetting = forgetting
        self._driver = driver
        self._tracer = tracer
        self._ledger = ledger
        self._wakeups = wakeups
        self._clock = clock
        self._turns = Turns()
        self._absences = Absences()
        self._in_line: set[str] = set()
        self._driving: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        # Not looked at again until the next report: they would hide what is due behind them.
        self._unreadable: set[str] = set()
        self._stops = False
        # When it last looked for what is due, well or not.
        self.turned_at: dt.datetime | None = None

    @property
    def in_line(self) -> int:
        return len(self._in_line)

    @property
    def driving(self) -> int:
        return len(self._driving)

    async def sweep_forever(self) -> None:
        while True:
            await self.sweep()
            self.turned_at = self._clock.now()
            await self._clock.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Get all in line that is due. A ledger out of reach is tried again next time."""
        known = len(self._in_line) + len(self._driving) + len(self._unreadable)
        limit = min(MOST_IN_LINE, SWEEP_LIMIT + known)
        try:
            due = await self._ledger.due(self._clock.now(), limit)
        except Exception:
            log.exception("sweep_failed")
            return
        await asyncio.gather(*(self._look(booking_id) for booking_id in due))

    async def listen_forever(self) -> None:
        async for booking_id in self._wakeups.listen():
            await self._look(booking_id)

    async def report_forever(self) -> None:
        while True:
            self._unreadable.clear()
            await self.report()
            await self._clock.sleep(REPORT_SECONDS)

    async def report(self) -> None:
        """Tell how the bookings stand, in one log line."""
        try:
            unfinished = await self._ledger.unfinished(REPORT_LIMIT)
        except Exception:
            log.exception("report_failed")
            return
        log.info("bookings_standing", extra=asdict(standing(unfinished, self._clock.now())))

    def stop(self) -> None:
        """Let what is being driven be handed back after its next step."""
        self._stops = True
        self._turns.clear()
        self._in_line.clear()
        self._driver.stop()

    async def idle(self) -> None:
        """Wait until nothing is being driven."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _look(self, booking_id: str) -> None:
        """Get a booking in line at the upstream that it needs next."""
        if self._is_known(booking_id):
            return
        booking = await self._load(booking_id)
        if booking is not None:
            self._queue(booking)

    async def _load(self, booking_id: str) -> Booking | None:
        try:
            return await self._ledger.load(booking_id)
        except _UNREADABLE:
            self._unreadable.add(booking_id)
            log.exception("booking_unreadable", extra={"booking_id": booking_id})
        except Exception:
            # A ledger out of reach; the next sweep asks again.
            log.exception("booking_not_read", extra={"booking_id": booking_id})
        return None

    def _queue(self, *bookings: Booking) -> None:
        for booking in bookings:
            if not self._is_known(booking.id):
                self._in_line.add(booking.id)
                self._turns.queue(waiting(booking))
        self._begin(waited=False)

    def _begin(self, *, waited: bool) -> None:
        """Drive all whose turn has come."""
        while one := self._turns.next():
            self._in_line.discard(one.booking_id)
            self._driving.add(one.booking_id)
            taking = self._take(one, waited=waited)
            task = asyncio.create_task(taking, name=f"drive {one.booking_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take(self, one: Waiting, *, waited: bool) -> None:
        turn = Turn(self._turns, one.upstream)
        after: Booking | None = None
        try:
            if not waited or await self._is_unmoved(one):
                after = await self._drive(one.booking_id, turn)
        finally:
            turn.end()
            self._driving.discard(one.booking_id)
            self._begin(waited=True)
        if after is None or self._stops:
            return
        if turn.is_put_back:
            self._queue(after)
        if self._absences.is_back(one.upstream, after):
            await self._take_up_parked(one.upstream)

    async def _is_unmoved(self, one: Waiting) -> bool:
        """Whether nobody has written it while it waited; else the next sweep knows more."""
        booking = await self._load(one.booking_id)
        return booking is not None and booking.version == one.version

    async def _take_up_parked(self, upstream: str | None) -> None:
        """Do not wait for the next try of each: an upstream that was away answers again."""
        log.info("upstream_is_back", extra={"upstream": upstream})
        try:
            unfinished = await self._ledger.unfinished(MOST_PARKED)
        except Exception:
            log.exception("parked_not_read")
            return
        parked = (row for row in unfinished if row.attempts and not row.in_doubt)
        if not self._stops:
            self._queue(*(row for row in parked if waiting(row).upstream == upstream))

    def _is_known(self, booking_id: str) -> bool:
        known = (self._in_line, self._driving, self._unreadable)
        return any(booking_id in place for place in known)

    async def _drive(self, booking_id: str, turn: Turn) -> Booking | None:
        try:
            # A booking's work is found by its id, whichever copy does it; the driver goes on with
            # the trace of the request that opened it.
            with traced(Trace(booking_id, tracer=self._tracer)):
                return await self._driver.resume(booking_id, enters=turn.goes_on_to)
        except Superseded:
            log.info("booking_superseded", extra={"booking_id": booking_id})
        except Exception:
            # One booking that cannot be driven must not stop the others; its lease ends.
            log.exception("drive_failed", extra={"booking_id": booking_id})
        return None


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Work until the block is left; then finish the steps under way and hand the rest back."""
    tasks = [
        asyncio.create_task(worker.sweep_forever(), name="sweep"),
        asyncio.create_task(worker.listen_forever(), name="listen"),
        asyncio.create_task(worker.report_forever(), name="report"),
    ]
    if worker.forgetting is not None:
        tasks.append(asyncio.create_task(worker.forgetting.forever(), name="forget"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        worker.stop()
        await worker.idle()
