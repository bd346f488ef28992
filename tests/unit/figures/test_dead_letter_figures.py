import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from bff.figures.work import DeadLetterFigures
from tests.fake_clock import FakeClock


class Queue:
    def __init__(self) -> None:
        self.letters = 3
        self.away = False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Callable[[], Awaitable[int]]]:
        yield self.count

    async def count(self) -> int:
        if self.away:
            raise OSError("the queue is away")
        return self.letters


async def test_dead_letters_are_counted_each_minute_and_unknown_while_the_queue_is_away() -> None:
    registry, clock, queue = CollectorRegistry(), FakeClock(), Queue()

    async def told() -> float:
        for _ in range(20):
            await asyncio.sleep(0)
        return registry.get_sample_value("bff_wakeups_dead_letters") or 0.0

    async with DeadLetterFigures(registry).watching(queue.opened, clock):
        assert await told() == 3
        queue.away = True
        assert math.isnan(await told())
        queue.away, queue.letters = False, 0
        assert await told() == 0
