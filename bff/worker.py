"""Finishes what requests could not: drives bookings that are due, or that somebody woke."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from bff.booking.advance import Driver
from bff.booking.ports import Ledger, Superseded, Wakeups
from bff.booking.standing import standing
from bff.clock import Clock
from clients.tracing import new_trace, traced

log = logging.getLogger(__name__)

# How late a booking may be found whose driver died or whose wake-up was lost.
SWEEP_SECONDS = 1.0
SWEEP_LIMIT = 100
# Bookings driven at once; few enough not to flood an upstream that has just come back.
CONCURRENCY = 8


# How often the figures are told by which an alarm is raised, and how many bookings are counted.
REPORT_SECONDS = 60.0
REPORT_LIMIT = 1000


class Worker:
    def __init__(self, driver: Driver, ledger: Ledger, wakeups: Wakeups, clock: Clock) -> None:
        self._driver = driver
        self._ledger = ledger
        self._wakeups = wakeups
        self._clock = clock
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._driving: dict[str, asyncio.Task[None]] = {}

    async def sweep_forever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await self.sweep()
            await self._clock.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Start driving all that is due. A ledger out of reach is tried again next time."""
        try:
            due = await self._ledger.due(self._clock.now(), SWEEP_LIMIT)
        except Exception:
            log.exception("sweep_failed")
            return
        for booking_id in due:
            await self._start(booking_id)

    async def listen_forever(self) -> None:
        async for booking_id in self._wakeups.listen():
            await self._start(booking_id)

    async def report_forever(self) -> None:
        while True:
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
        self._driver.stop()

    async def idle(self) -> None:
        """Wait until nothing is being driven."""
        while self._driving:
            await asyncio.gather(*self._driving.values())

    async def _start(self, booking_id: str) -> None:
        if booking_id in self._driving:
            return
        await self._slots.acquire()
        task = asyncio.create_task(self._drive(booking_id), name=f"drive {booking_id}")
        self._driving[booking_id] = task

        def done(_task: asyncio.Task[None]) -> None:
            self._slots.release()
            self._driving.pop(booking_id, None)

        task.add_done_callback(done)

    async def _drive(self, booking_id: str) -> None:
        try:
            # A booking's work is found by its id, whichever copy does it.
            with traced(new_trace(booking_id)):
                await self._driver.resume(booking_id)
        except Superseded:
            log.info("booking_superseded", extra={"booking_id": booking_id})
        except Exception:
            # One booking that cannot be driven must not stop the others; its lease ends.
            log.exception("drive_failed", extra={"booking_id": booking_id})


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Work until the block is left; then finish the steps under way and hand the rest back."""
    tasks = [
        asyncio.create_task(worker.sweep_forever(), name="sweep"),
        asyncio.create_task(worker.listen_forever(), name="listen"),
        asyncio.create_task(worker.report_forever(), name="report"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        worker.stop()
        await worker.idle()
