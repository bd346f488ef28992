"""Reads what every guest needs before anybody asks for it, and again before it is old.

With an upstream away it goes on trying; nobody waits for it but the readiness check, and that not
for long: a copy with nothing to show is better than no copy.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bff.auth.keys import KeysAway
from bff.clock import Clock
from clients.errors import UpstreamError

log = logging.getLogger(__name__)

# After a failed reading; the breaker and the budget of the transport keep it from being a burden.
TRY_AGAIN_SECONDS = 2.0
# How long a starting copy is kept out of the load balancer for the sake of its first readings.
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Reading:
    """`renew` reads anew, and raises `UpstreamError` where it cannot."""

    name: str
    every_seconds: float
    renew: Callable[[], Awaitable[None]]


class Warming:
    def __init__(self, readings: Sequence[Reading], clock: Clock) -> None:
        self._readings = readings
        self._clock = clock
        self._begun: set[str] = set()
        self._gave_up = False

    async def is_over(self) -> bool:
        """Whether every first reading has ended, well or not, or took too long."""
        return self._gave_up or len(self._begun) == len(self._readings)

    async def give_up(self) -> None:
        await self._clock.sleep(PATIENCE_SECONDS)
        self._gave_up = True

    async def keep_warm(self, reading: Reading) -> None:
        while True:
            pause = reading.every_seconds if await self._read(reading) else TRY_AGAIN_SECONDS
            self._begun.add(reading.name)
            # Copies that started together shall not ask together.
            await self._clock.sleep(pause * (0.8 + 0.2 * random.random()))  # noqa: S311

    async def _read(self, reading: Reading) -> bool:
        try:
            await reading.renew()
        except (UpstreamError, KeysAway):
            return False  # the transport has logged it
        except Exception:
            log.exception("reading_failed", extra={"reading": reading.name})
            return False
        return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep all of it warm until the block is left."""
        tasks = [
            asyncio.create_task(self.give_up(), name="warm-up"),
            *(asyncio.create_task(self.keep_warm(each), name=each.name) for each in self._readings),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
