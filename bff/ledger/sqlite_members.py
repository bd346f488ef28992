"""Members' sessions and failed sign-ins, beside the bookings in the same file."""

import datetime as dt
import sqlite3

from bff.ledger.codec import Seal, session_from_bytes, session_to_bytes
from bff.ledger.sqlite_file import SqliteFile
from bff.members.model import MemberSession


class SqliteSessions:
    """Implements the port Sessions."""

    def __init__(self, file: SqliteFile, seal: Seal) -> None:
        self._file = file
        self._seal = seal

    async def keep(self, session: MemberSession) -> None:
        row = (
            session.sub,
            session_to_bytes(session, self._seal),
            session.expires_at.timestamp(),
        )
        sql = "INSERT OR REPLACE INTO sessions (sub, sealed, expires_at) VALUES (?, ?, ?)"
        await self._file.write(lambda db: db.execute(sql, row).rowcount)

    async def load(self, sub: str) -> MemberSession | None:
        rows = await self._file.read("SELECT sealed FROM sessions WHERE sub = ?", (sub,))
        return session_from_bytes(bytes(rows[0][0]), sub, self._seal) if rows else None


class SqliteAttempts:
    """Implements the port Attempts."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def count(self, key: str, now: dt.datetime) -> int:
        rows = await self._live(key, now)
        return int(rows[0][0]) if rows else 0

    async def ends_at(self, key: str, now: dt.datetime) -> dt.datetime | None:
        rows = await self._live(key, now)
        return dt.datetime.fromtimestamp(float(rows[0][1]), dt.UTC) if rows else None

    async def add(self, key: str, now: dt.datetime, window: dt.timedelta) -> int:
        at, ends = now.timestamp(), (now + window).timestamp()

        def work(db: sqlite3.Connection) -> int:
            db.execute("DELETE FROM attempts WHERE ends_at <= ?", (at,))
            db.execute(
                "INSERT INTO attempts (key, count, ends_at) VALUES (?, 1, ?)"
                " ON CONFLICT (key) DO UPDATE SET count = count + 1",
                (key, ends),
            )
            row = db.execute("SELECT count FROM attempts WHERE key = ?", (key,)).fetchone()
            return int(row[0])

        return await self._file.write(work)

    async def take_back(self, key: str) -> None:
        sql = "UPDATE attempts SET count = count - 1 WHERE key = ? AND count > 0"
        await self._file.write(lambda db: db.execute(sql, (key,)).rowcount)

    async def clear(self, key: str) -> None:
        sql = "DELETE FROM attempts WHERE key = ?"
        await self._file.write(lambda db: db.execute(sql, (key,)).rowcount)

    async def _live(self, key: str, now: dt.datetime) -> list[tuple[float, float]]:
        sql = "SELECT count, ends_at FROM attempts WHERE key = ? AND ends_at > ?"
        return await self._file.read(sql, (key, now.timestamp()))
