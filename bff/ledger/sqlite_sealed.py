"""What is sealed in the SQLite file."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from bff.ledger.codec import booking_context, session_context
from bff.ledger.sealed_rows import SealedRow
from bff.ledger.sqlite_file import SqliteFile

_PAGE = 500


class SqliteSealedRows:
    """Implements SealedRows; `kept` is the kind of row and its key."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def pages(self) -> AsyncIterator[Sequence[SealedRow]]:
        bookings = "SELECT id, body FROM bookings WHERE id > ? ORDER BY id LIMIT ?"
        async for page in self._pages(bookings):
            yield [_booking(name, str(body)) for name, body in page]
        sessions = "SELECT sub, sealed FROM sessions WHERE sub > ? ORDER BY sub LIMIT ?"
        async for page in self._pages(sessions):
            yield [_session(sub, bytes(sealed)) for sub, sealed in page]

    async def replace(self, row: SealedRow, sealed: bytes) -> bool:
        kind, name = row.kept
        if kind == "booking":
            sql = (
                "UPDATE bookings SET body = json_set(body, '$.sealed', ?)"
                " WHERE id = ? AND json_extract(body, '$.sealed') = ?"
            )
            values: tuple[object, ...] = (_text(sealed), name, _text(row.sealed))
        else:
            sql = "UPDATE sessions SET sealed = ? WHERE sub = ? AND sealed = ?"
            values = (sealed, name, row.sealed)
        return await self._file.write(lambda db: db.execute(sql, values).rowcount) == 1

    async def _pages(self, sql: str) -> AsyncIterator[list[tuple[str, Any]]]:
        last = ""
        while page := await self._file.read(sql, (last, _PAGE)):
            yield [(str(name), sealed) for name, sealed in page]
            last = str(page[-1][0])


def _booking(booking_id: str, body: str) -> SealedRow:
    sealed = base64.b64decode(json.loads(body)["sealed"])
    return SealedRow(
        context=booking_context(booking_id), sealed=sealed, kept=("booking", booking_id)
    )


def _session(sub: str, sealed: bytes) -> SealedRow:
    return SealedRow(context=session_context(sub), sealed=sealed, kept=("session", sub))


def _text(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode()
