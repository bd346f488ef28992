"""One SQLite file: WAL, full synchronisation, group commit; readers wait for no writer."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from bff.booking.ledger_away import LedgerAway
from bff.ledger.group_commit import GroupCommit

T = TypeVar("T")

# Another process (a worker of its own) may hold the write lock for the length of one commit. Who
# books waits for 8 s at most, and is told within them that our records are out of reach.
BUSY_SECONDS = 5


class SqliteFile:
    def __init__(
        self,
        path: Path,
        writer: GroupCommit,
        reader: sqlite3.Connection,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._path = path
        self._opened = _identity(path)
        self._writer = writer
        self._reader = reader
        self._pool = pool

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction; durable on return.

        Errors: LedgerAway, what `work` raises.
        """
        if _identity(self._path) != self._opened:
            # SQLite would write on, to a file that no other copy and no restart finds.
            raise LedgerAway("sqlite: the file was moved, removed or replaced")
        try:
            return await self._writer.write(work)
        except sqlite3.Error as failure:
            raise _away(failure) from None

    async def read(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """Rows of the last committed state, over one connection, one query at a time.

        Errors: LedgerAway.
        """

        def work() -> list[tuple[Any, ...]]:
            return self._reader.execute(sql, values).fetchall()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except sqlite3.Error as failure:
            raise _away(failure) from None


def _identity(path: Path) -> tuple[int, int] | None:
    """What stands under this name; None where nothing does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _away(failure: sqlite3.Error) -> LedgerAway:
    """By SQLite's own name for it, such as SQLITE_FULL; not every error has one."""
    name = getattr(failure, "sqlite_errorname", type(failure).__name__)
    return LedgerAway(f"sqlite: {name}")


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


def _prepare(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Before SQLite opens it: the files that it puts beside it take over its mode.
    path.touch(mode=0o600)
    if path.is_file():
        path.chmod(0o600)
    writing, reading = _connect(path), _connect(path)
    writing.executescript(files("bff.ledger").joinpath("schema.sql").read_text("utf-8"))
    return writing, reading


@asynccontextmanager
async def open_file(path: Path) -> AsyncIterator[SqliteFile]:
    """Open, or make, the file. Errors: OSError, sqlite3.Error."""
    writing, reading = await asyncio.to_thread(_prepare, path)
    writer = GroupCommit(writing)
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger reader")
    try:
        yield SqliteFile(path, writer, reading, pool)
    finally:
        await asyncio.to_thread(writer.close)
        pool.shutdown()
        writing.close()
        reading.close()
