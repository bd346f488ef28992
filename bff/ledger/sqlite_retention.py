"""Removes from the SQLite file what has been kept for long enough."""

import datetime as dt
import sqlite3
from collections.abc import Sequence

from bff.booking.retention import end_of
from bff.ledger.codec import outside_seal
from bff.ledger.sqlite_file import SqliteFile

_PAGE = 500
# As long as DynamoDB keeps them: Stripe lists an event for thirty days, and Cognito's refresh
# tokens live as long.
_OTHERS = dt.timedelta(days=30)

_CANDIDATES = (
    "SELECT created_at, id, version, body FROM bookings"
    " WHERE created_at < ? AND (created_at, id) > (?, ?)"
    " AND due_at IS NULL AND lease_until IS NULL ORDER BY created_at, id LIMIT ?"
)
# Nobody has written it since we looked, and no event waits for somebody to look into it.
_REMOVE = (
    "DELETE FROM bookings WHERE id = ? AND version = ?"
    " AND NOT EXISTS (SELECT 1 FROM events WHERE booking_id = bookings.id AND settled = 0)"
)


class SqliteRetention:
    """Implements Retention."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def forget(self, now: dt.datetime, keep: dt.timedelta | None, limit: int) -> int:
        """A booking's key is a part of its row, and goes with it."""
        await self._forget_others((now - _OTHERS).timestamp())
        if keep is None:
            return 0
        before = now - keep
        forgotten, last = 0, (0.0, "")
        while forgotten < limit:
            rows = await self._file.read(_CANDIDATES, (before.timestamp(), *last, _PAGE))
            if not rows:
                break
            last = (float(rows[-1][0]), str(rows[-1][1]))
            over = [(str(row[1]), int(row[2])) for row in rows if _is_over(str(row[3]), before)]
            forgotten += await self._remove(over[: limit - forgotten])
        return forgotten

    async def _forget_others(self, before: float) -> None:
        """Settled and stray events, and sessions."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "DELETE FROM events WHERE received_at < ? AND (settled = 1"
                " OR NOT EXISTS (SELECT 1 FROM bookings WHERE id = booking_id))",
                (before,),
            )
            db.execute("DELETE FROM sessions WHERE expires_at < ?", (before,))

        await self._file.write(work)

    async def _remove(self, over: Sequence[tuple[str, int]]) -> int:
        def work(db: sqlite3.Connection) -> int:
            return sum(db.execute(_REMOVE, one).rowcount for one in over)

        return await self._file.write(work)


def _is_over(body: str, before: dt.datetime) -> bool:
    end = end_of(outside_seal(body))
    return end is not None and end < before
