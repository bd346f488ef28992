"""The default ledger of bookings: rows in one SQLite file."""

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bff.booking.listing import Listing
from bff.booking.model import Booking
from bff.booking.ports import Superseded
from bff.ledger.codec import Seal, booking_from_text, booking_to_text
from bff.ledger.listed import Lists
from bff.ledger.sqlite_file import SqliteFile

# Word for word the condition of the index bookings_unfinished.
_UNFINISHED = (
    "(json_extract(body, '$.point') NOT IN ('CONFIRMED', 'ENDED')"
    " OR json_extract(body, '$.in_doubt') = 1)"
)


class SqliteLedger:
    """Implements the port Ledger."""

    def __init__(self, file: SqliteFile, seal: Seal) -> None:
        self._file = file
        self._seal = seal
        self._lists = Lists(seal)

    async def open(self, booking: Booking) -> Booking:
        text = booking_to_text(booking, self._seal)

        def work(db: sqlite3.Connection) -> str:
            db.execute(
                "INSERT INTO bookings (id, member_id, idempotency_key, version, due_at,"
                " lease_until, created_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (member_id, idempotency_key) DO NOTHING",
                (
                    booking.id,
                    booking.member_id,
                    booking.idempotency_key,
                    booking.version,
                    _seconds(booking.due_at),
                    _seconds(booking.lease_until),
                    booking.created_at.timestamp(),
                    text,
                ),
            )
            return _body(db, *_by_key(booking.member_id, booking.idempotency_key))

        return booking_from_text(await self._file.write(work), self._seal)

    async def load(self, booking_id: str) -> Booking | None:
        rows = await self._file.read("SELECT body FROM bookings WHERE id = ?", (booking_id,))
        return booking_from_text(str(rows[0][0]), self._seal) if rows else None

    async def find(self, member_id: str, idempotency_key: str) -> Booking | None:
        rows = await self._file.read(*_by_key(member_id, idempotency_key))
        return booking_from_text(str(rows[0][0]), self._seal) if rows else None

    async def save(self, booking: Booking) -> Booking:
        after = replace(booking, version=booking.version + 1)
        text = booking_to_text(after, self._seal)
        await self._file.write(partial(_write_over, booking.version, after, text))
        return after

    async def claim(
        self, booking_id: str, *, owner: str, now: dt.datetime, until: dt.datetime
    ) -> Booking | None:
        def work(db: sqlite3.Connection) -> Booking | None:
            row = db.execute("SELECT body FROM bookings WHERE id = ?", (booking_id,)).fetchone()
            if row is None:
                return None
            booking = booking_from_text(row[0], self._seal)
            if booking.lease_until is not None and booking.lease_until > now:
                return None
            wished = _settle_events(db, booking_id)
            after = replace(
                booking,
                cancel_asked=booking.cancel_asked or (wished and not booking.is_final),
                lease_owner=owner,
                lease_until=until,
                due_at=until,
                version=booking.version + 1,
            )
            _write_over(booking.version, after, booking_to_text(after, self._seal), db)
            return after

        return await self._file.write(work)

    async def due(self, now: dt.datetime, limit: int) -> Sequence[str]:
        at = now.timestamp()
        rows = await self._file.read(
            "SELECT id, due_at AS due FROM bookings WHERE due_at <= ?"
            " AND (lease_until IS NULL OR lease_until <= ?)"
            " UNION SELECT booking_id, MIN(received_at) FROM events JOIN bookings"
            " ON bookings.id = booking_id WHERE settled = 0"
            " AND (lease_until IS NULL OR lease_until <= ?) GROUP BY booking_id"
            " ORDER BY due LIMIT ?",
            (at, at, at, limit),
        )
        return list(dict.fromkeys(str(row[0]) for row in rows))

    async def of_member(self, member_id: str) -> Listing:
        return await self._listed(
            "SELECT id, body FROM bookings WHERE member_id = ? ORDER BY created_at DESC, id DESC",
            member_id,
        )

    async def record_event(self, event_id: str, booking_id: str, now: dt.datetime) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            done = db.execute(
                "INSERT OR IGNORE INTO events (id, booking_id, received_at) VALUES (?, ?, ?)",
                (event_id, booking_id, now.timestamp()),
            )
            return done.rowcount == 1

        return await self._file.write(work)

    async def ask_to_cancel(self, booking_id: str, now: dt.datetime) -> None:
        sql = (
            "INSERT INTO events (id, booking_id, received_at) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET received_at = excluded.received_at, settled = 0"
        )
        row = (_wish(booking_id), booking_id, now.timestamp())
        await self._file.write(lambda db: db.execute(sql, row).rowcount)

    async def unfinished(self, limit: int) -> Listing:
        return await self._listed(
            f"SELECT id, body FROM bookings WHERE {_UNFINISHED} ORDER BY created_at, id LIMIT ?",  # noqa: S608 - a constant
            limit,
        )

    async def newest(self, limit: int) -> Listing:
        return await self._listed(
            "SELECT id, body FROM bookings ORDER BY created_at DESC, id DESC LIMIT ?", limit
        )

    async def _listed(self, sql: str, value: str | int) -> Listing:
        rows = await self._file.read(sql, (value,))
        return self._lists.of((str(name), str(body)) for name, body in rows)


def _wish(booking_id: str) -> str:
    """The wish to cancel has its place in the inbox, under a name no webhook event has."""
    return f"cancel:{booking_id}"


def _settle_events(db: sqlite3.Connection, booking_id: str) -> bool:
    """Settle the events of a booking; whether a wish to cancel was among them."""
    settled = db.execute(
        "UPDATE events SET settled = 1 WHERE booking_id = ? AND settled = 0 RETURNING id",
        (booking_id,),
    ).fetchall()
    return (_wish(booking_id),) in settled


def _by_key(member_id: str, key: str) -> tuple[str, tuple[str, str]]:
    sql = "SELECT body FROM bookings WHERE member_id = ? AND idempotency_key = ?"
    return sql, (member_id, key)


def _body(db: sqlite3.Connection, sql: str, values: tuple[str, str]) -> str:
    return str(db.execute(sql, values).fetchone()[0])


def _write_over(version: int, after: Booking, text: str, db: sqlite3.Connection) -> None:
    done = db.execute(
        "UPDATE bookings SET version = ?, due_at = ?, lease_until = ?, body = ?"
        " WHERE id = ? AND version = ?",
        (
            after.version,
            _seconds(after.due_at),
            _seconds(after.lease_until),
            text,
            after.id,
            version,
        ),
    )
    if done.rowcount != 1:
        raise Superseded


def _seconds(at: dt.datetime | None) -> float | None:
    return None if at is None else at.timestamp()
