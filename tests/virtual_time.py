"""Ten minutes in a second: an event loop whose clock jumps to the next moment that matters.

Nothing may run in threads meanwhile: the loop would not know that they have still to answer.
"""

import asyncio
import datetime as dt
import selectors
import sqlite3
from collections.abc import Callable, Coroutine
from importlib.resources import files
from typing import Any, TypeVar

from tests.fake_clock import NOON

T = TypeVar("T")


class _NobodyIsWaited(selectors.DefaultSelector):
    """Does not wait, and says for how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits for nothing"
        self.passed += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._nobody = _NobodyIsWaited()
        super().__init__(self._nobody)

    def time(self) -> float:
        return self._nobody.passed


class VirtualClock:
    """`bff.clock.Clock`, by the loop's own time."""

    def now(self) -> dt.datetime:
        return NOON + dt.timedelta(seconds=asyncio.get_running_loop().time())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def in_virtual_time(story: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(story)


class FileWithoutThreads:
    """What `bff.ledger.sqlite_file.SqliteFile` does, in memory and at once."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._db.executescript(files("bff.ledger").joinpath("schema.sql").read_text("utf-8"))

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return work(self._db)

    async def read(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, values).fetchall()

    def close(self) -> None:
        self._db.close()
