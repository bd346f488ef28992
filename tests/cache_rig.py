"""A cache, and a source whose answers can be counted, kept back and made to fail."""

import asyncio
from collections.abc import Mapping, Sequence

from clients.caching import Cache
from clients.errors import NotSent
from tests.fake_clock import FakeClock

AWAY = NotSent("sevenrooms", "venues", "down")


class Source:
    """Answers 1, 2, 3, ... and counts; `gate` keeps answers back while it is closed."""

    def __init__(self) -> None:
        self.calls = 0
        self.failing: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[str, ...]] = []

    async def load(self) -> int:
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        if self.failing:
            raise self.failing
        return number

    async def load_many(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(tuple(keys))
        await self.load()
        return {key: len(key) for key in keys}


def made(clock: FakeClock, *, revalidate: float = 0, entries: int = 10) -> Cache[str, int]:
    return Cache(
        "numbers",
        ttl_seconds=10,
        revalidate_seconds=revalidate,
        stale_seconds=100,
        max_entries=entries,
        now=lambda: clock.now().timestamp(),
    )


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
