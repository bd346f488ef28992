import asyncio
import logging

import pytest

from bff.warming import PATIENCE_SECONDS, Reading, Warming
from clients.errors import NotSent
from tests.fake_clock import FakeClock

AWAY = NotSent("sevenrooms", "venues", "down")


class Gate(FakeClock):
    """Time passes only in `pass_time`; `asked` is what each sleeper wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []
        self._turn = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self._turn.wait()

    async def pass_time(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Source:
    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.read = 0

    async def renew(self) -> None:
        self.read += 1
        if self.failures:
            raise self.failures.pop(0)


async def test_it_reads_at_once_and_again_before_it_is_old() -> None:
    clock, source = Gate(), Source()
    warming = Warming([Reading("it", 100, source.renew)], clock)
    async with warming.running():
        await settled()
        assert source.read == 1
        assert await warming.is_over()
        assert 80 <= clock.asked[-1] <= 100
        await clock.pass_time()
        assert source.read == 2


async def test_with_the_upstream_away_it_goes_on_trying_and_the_start_is_over() -> None:
    clock, source = Gate(), Source(AWAY, AWAY)
    warming = Warming([Reading("it", 100, source.renew)], clock)
    async with warming.running():
        await settled()
        assert await warming.is_over()
        assert clock.asked[-1] < 5
        await clock.pass_time()
        await clock.pass_time()
        assert source.read == 3
        assert clock.asked[-1] >= 80


async def test_an_upstream_that_hangs_keeps_a_copy_out_no_longer_than_the_patience() -> None:
    clock = Gate()
    warming = Warming([Reading("it", 100, asyncio.Event().wait)], clock)  # type: ignore[arg-type]
    async with warming.running():
        await settled()
        assert clock.asked == [PATIENCE_SECONDS]
        assert not await warming.is_over()
        await clock.pass_time()
        assert await warming.is_over()


async def test_a_mistake_of_ours_is_told_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, source = Gate(), Source(KeyError("x"))
    with caplog.at_level(logging.ERROR):
        async with Warming([Reading("it", 100, source.renew)], clock).running():
            await settled()
            await clock.pass_time()
    assert source.read == 2
    assert "reading_failed" in caplog.text
