"""A ledger that can be read and not written must not look healthy."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from bff.ledger.heartbeat import BEAT_SECONDS, Heartbeat
from bff.ledger.sqlite_file import open_file
from bff.ledger.sqlite_members import SqliteAttempts
from tests.fake_clock import FakeClock


def refuse_writes(db: sqlite3.Connection) -> int:
    db.execute("PRAGMA query_only = ON")
    return 0


def renamed(table: str, name: str) -> Callable[[sqlite3.Connection], object]:
    return lambda db: db.execute(f"ALTER TABLE {table} RENAME TO {name}").rowcount


async def test_writes_that_begin_to_fail_are_noticed_at_the_next_beat(tmp_path: Path) -> None:
    async with open_file(tmp_path / "ledger.db") as file:
        clock = FakeClock()
        heart = Heartbeat(SqliteAttempts(file), clock)
        assert await heart.takes_writes()
        await file.write(refuse_writes)
        clock.advance(BEAT_SECONDS)
        assert not await heart.takes_writes()
        assert await file.read("SELECT count(*) FROM bookings", ()) == [(0,)]


async def test_a_ledger_that_takes_writes_again_is_well_again(tmp_path: Path) -> None:
    async with open_file(tmp_path / "ledger.db") as file:
        clock = FakeClock()
        heart = Heartbeat(SqliteAttempts(file), clock)
        await file.write(renamed("attempts", "elsewhere"))
        assert not await heart.takes_writes()
        await file.write(renamed("elsewhere", "attempts"))
        clock.advance(BEAT_SECONDS)
        assert await heart.takes_writes()


async def test_who_asks_often_has_nothing_written(tmp_path: Path) -> None:
    async with open_file(tmp_path / "ledger.db") as file:
        clock = FakeClock()
        heart = Heartbeat(SqliteAttempts(file), clock)
        for _ in range(20):
            assert await heart.takes_writes()
        assert await file.read("SELECT count FROM attempts", ()) == [(1,)]
