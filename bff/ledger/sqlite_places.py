"""Which places were taken or freed of late, beside the bookings in the same file."""

import datetime as dt
import sqlite3
from collections.abc import Sequence

from bff.catalogue.place_news import KEPT, PlacesMoved
from bff.ledger.sqlite_file import SqliteFile


class SqlitePlaceNews:
    """Implements the port PlaceNews: one row for each venue's day. Errors: LedgerAway."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def tell(self, moved: PlacesMoved) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO places_moved (venue_id, day, id, told_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (venue_id, day) DO UPDATE"
                " SET id = excluded.id, told_at = excluded.told_at",
                (moved.venue_id, moved.day.isoformat(), moved.id, moved.at.timestamp()),
            )
            old = (moved.at - KEPT).timestamp()
            db.execute("DELETE FROM places_moved WHERE told_at < ?", (old,))

        await self._file.write(work)

    async def told(self, since: dt.datetime, until: dt.datetime) -> Sequence[PlacesMoved]:
        rows = await self._file.read(
            "SELECT id, venue_id, day, told_at FROM places_moved"
            " WHERE told_at >= ? AND told_at <= ?",
            (since.timestamp(), until.timestamp()),
        )
        return [
            PlacesMoved(
                id=str(name),
                venue_id=str(venue_id),
                day=dt.date.fromisoformat(day),
                at=dt.datetime.fromtimestamp(at, dt.UTC),
            )
            for name, venue_id, day, at in rows
        ]
