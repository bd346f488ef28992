"""A clock that stands still until a test moves it."""

import asyncio
import datetime as dt

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


class FakeClock:
    def __init__(self, at: dt.datetime = NOON) -> None:
        self._at = at

    def now(self) -> dt.datetime:
        return self._at

    def advance(self, seconds: float) -> None:
        self._at += dt.timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)
