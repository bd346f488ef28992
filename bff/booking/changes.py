"""Who is told, in this process, that a booking's row has changed."""

import asyncio
import contextlib
from collections import defaultdict


class Changes:
    """A hint only: another process may write as well, so waiters look again by themselves."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = defaultdict(set)

    def announce(self, booking_id: str) -> None:
        for waiter in self._waiting.pop(booking_id, ()):
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, booking_id: str, at_most_seconds: float) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[booking_id].add(waiter)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(at_most_seconds):
                    await waiter
        finally:
            self._discard(booking_id, waiter)

    def _discard(self, booking_id: str, waiter: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(booking_id)
        if waiting is not None:
            waiting.discard(waiter)
            if not waiting:
                del self._waiting[booking_id]
