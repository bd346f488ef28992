"""An SQLite file that has no room left."""

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
