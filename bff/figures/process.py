"""How the process itself does: memory and files, and whether its event loop keeps up."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric

# Often enough to meet a blocked loop, seldom enough to cost nothing.
LOOK_SECONDS = 0.25
LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class ProcessFigures:
    def __init__(self, registry: CollectorRegistry) -> None:
        # Memory, open files, CPU and start; Linux only.
        ProcessCollector(registry=registry)
        self._lag = Histogram(
            "bff_loop_lag_seconds",
            "How late the event loop came to what was due.",
            buckets=LAGS,
            registry=registry,
        )

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch(asyncio.get_running_loop().time), name="loop lag")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self, now: Callable[[], float]) -> None:
        while True:
            due = now() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._lag.observe(max(0.0, now() - due))


def of_loop() -> Iterator[Metric]:
    yield GaugeMetricFamily("bff_tasks", "Tasks of the event loop.", len(asyncio.all_tasks()))
