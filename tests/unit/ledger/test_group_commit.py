"""Many writers share one commit, and one that fails undoes its own part only."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bff.ledger.group_commit import GroupCommit, LedgerClosed


def opened(path: Path) -> tuple[sqlite3.Connection, GroupCommit]:
    db = sqlite3.connect(path / "db", isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    return db, GroupCommit(db)


def insert(number: int) -> object:
    return lambda db: db.execute("INSERT INTO t VALUES (?)", (number,)).rowcount


async def test_a_failing_write_undoes_only_itself(tmp_path: Path) -> None:
    db, writer = opened(tmp_path)
    results = await asyncio.gather(
        writer.write(insert(1)),
        writer.write(insert(1)),
        writer.write(insert(2)),
        return_exceptions=True,
    )
    await asyncio.to_thread(writer.close)
    assert [type(result) for result in results] == [int, sqlite3.IntegrityError, int]
    assert db.execute("SELECT count(*) FROM t").fetchone() == (2,)
    db.close()


async def test_a_writer_who_leaves_does_not_take_its_write_along(tmp_path: Path) -> None:
    db, writer = opened(tmp_path)
    task = asyncio.create_task(writer.write(insert(7)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(writer.close)
    assert db.execute("SELECT n FROM t").fetchall() == [(7,)]
    db.close()


async def test_a_closed_ledger_takes_no_write(tmp_path: Path) -> None:
    db, writer = opened(tmp_path)
    await asyncio.to_thread(writer.close)
    with pytest.raises(LedgerClosed):
        await writer.write(insert(1))
    db.close()


async def test_a_commit_that_fails_fails_all_who_shared_it(tmp_path: Path) -> None:
    db, writer = opened(tmp_path)
    rival = sqlite3.connect(tmp_path / "db", isolation_level=None, timeout=0)
    db.execute("PRAGMA busy_timeout = 0")
    rival.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(
        writer.write(insert(1)), writer.write(insert(2)), return_exceptions=True
    )
    assert all(isinstance(result, sqlite3.OperationalError) for result in results)
    rival.execute("ROLLBACK")
    assert await writer.write(insert(3)) == 1
    await asyncio.to_thread(writer.close)
    rival.close()
    db.close()
