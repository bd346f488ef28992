"""Wake-ups within one process. What is lost with the process, the sweep finds again."""

import asyncio
from collections.abc import AsyncIterator


class InProcessWakeups:
    """Implements the port Wakeups; one waiting wake-up a booking is enough."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()

    async def wake(self, booking_id: str, delay_seconds: float = 0) -> None:
        if delay_seconds <= 0:
            self._put(booking_id)
            return
        loop = asyncio.get_running_loop()
        loop.call_later(delay_seconds, self._put, booking_id)

    async def listen(self) -> AsyncIterator[str]:
        while True:
            booking_id = await self._queue.get()
            self._waiting.discard(booking_id)
            yield booking_id

    def _put(self, booking_id: str) -> None:
        if booking_id not in self._waiting:
            self._waiting.add(booking_id)
            self._queue.put_nowait(booking_id)
