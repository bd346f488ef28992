"""An SQLite file that has no room left, or is not where it was."""

import sqlite3
from pathlib import Path

import pytest

from bff.booking.ledger_away import LedgerAway
from bff.ledger.sqlite_file import open_file


def fill(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE ballast (bytes BLOB)")
    db.execute("PRAGMA max_page_count = 1")
    db.execute("INSERT INTO ballast VALUES (zeroblob(1000000))")


async def test_a_full_disk_is_told_by_its_name(tmp_path: Path) -> None:
    async with open_file(tmp_path / "ledger.db") as file:
        with pytest.raises(LedgerAway, match=r"^sqlite: SQLITE_FULL$") as full:
            await file.write(fill)
        assert full.value.__cause__ is None


async def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    async with open_file(tmp_path / "ledger.db") as file:
        with pytest.raises(LedgerAway, match=r"^sqlite: SQLITE_ERROR$"):
            await file.read("SELECT nothing FROM nowhere", ())


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_nothing_is_written_to_a_file_that_nobody_finds_any_more(
    tmp_path: Path, *, is_replaced: bool
) -> None:
    path = tmp_path / "ledger.db"
    async with open_file(path) as file:
        await file.write(lambda db: db.execute("CREATE TABLE kept (id TEXT)"))
        path.rename(tmp_path / "moved.db")
        if is_replaced:
            path.touch()
        with pytest.raises(LedgerAway, match="moved"):
            await file.write(lambda db: db.execute("INSERT INTO kept VALUES ('lost')"))
        assert await file.read("SELECT * FROM kept", ()) == []
