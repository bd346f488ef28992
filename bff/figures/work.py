"""Whether the worker of this process turns, and what nobody could be woken for."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import GaugeMetricFamily, Metric

from bff.clock import Clock
from bff.worker import Worker

# A person has to look at them; a call a minute costs less than a cent a day.
COUNT_SECONDS = 60.0

log = logging.getLogger(__name__)

Opens = Callable[[], AbstractAsyncContextManager[Callable[[], Awaitable[int]]]]


def of_worker(worker: Worker, clock: Clock) -> Iterator[Metric]:
    turned = worker.turned_at
    if turned is not None:
        age = (clock.now() - turned).total_seconds()
        yield GaugeMetricFamily(
            "bff_worker_turned_seconds", "Since the worker last looked for what is due.", age
        )
    yield GaugeMetricFamily(
        "bff_worker_in_line", "Bookings that wait for their turn.", worker.in_line
    )
    yield GaugeMetricFamily("bff_worker_driving", "Bookings that are being driven.", worker.driving)


class DeadLetterFigures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._letters = Gauge(
            "bff_wakeups_dead_letters",
            "Wake-ups that were put aside; not a number while the queue cannot be asked.",
            registry=registry,
        )

    @asynccontextmanager
    async def watching(self, opens: Opens, clock: Clock) -> AsyncIterator[None]:
        """`opens` gives what counts them; whatever it raises is tried again."""
        task = asyncio.create_task(self._watch(opens, clock), name="dead letters")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self, opens: Opens, clock: Clock) -> None:
        while True:
            try:
                async with opens() as count:
                    while True:
                        self._letters.set(await count())
                        await clock.sleep(COUNT_SECONDS)
            except Exception as failure:  # noqa: BLE001 - a queue without one, or one away
                log.warning("dead_letters_unknown", extra={"kind": type(failure).__name__})
            self._letters.set(math.nan)
            await clock.sleep(COUNT_SECONDS)
