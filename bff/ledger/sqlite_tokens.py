"""The upstreams' tokens that running copies share, beside the bookings in the same file."""

import datetime as dt
from collections.abc import Callable

from bff.ledger.codec import Seal
from bff.ledger.sqlite_file import SqliteFile
from bff.ledger.token_rows import TURN, fetched_seconds, token_from_bytes, token_to_bytes
from clients.tokens import FetchedToken


class SqliteTokenStore:
    """Implements the port TokenStore for one upstream; `owner` is this copy. Errors: LedgerAway."""

    def __init__(
        self,
        file: SqliteFile,
        seal: Seal,
        upstream: str,
        owner: str,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._file = file
        self._seal = seal
        self._upstream = upstream
        self._owner = owner
        self._now = now

    async def load(self) -> FetchedToken | None:
        sql = "SELECT sealed FROM upstream_tokens WHERE upstream = ? AND sealed IS NOT NULL"
        rows = await self._file.read(sql, (self._upstream,))
        return token_from_bytes(bytes(rows[0][0]), self._upstream, self._seal) if rows else None

    async def take_turn(self) -> bool:
        now = self._now()
        sql = (
            "INSERT INTO upstream_tokens (upstream, turn_owner, turn_until) VALUES (?, ?, ?)"
            " ON CONFLICT (upstream) DO UPDATE"
            " SET turn_owner = excluded.turn_owner, turn_until = excluded.turn_until"
            " WHERE turn_until IS NULL OR turn_until <= ? OR turn_owner = excluded.turn_owner"
        )
        values = (self._upstream, self._owner, (now + TURN).timestamp(), now.timestamp())
        return await self._file.write(lambda db: db.execute(sql, values).rowcount) == 1

    async def save(self, token: FetchedToken) -> None:
        sql = (
            "INSERT INTO upstream_tokens (upstream, sealed, fetched_at) VALUES (?, ?, ?)"
            " ON CONFLICT (upstream) DO UPDATE"
            " SET sealed = excluded.sealed, fetched_at = excluded.fetched_at"
            " WHERE fetched_at IS NULL OR fetched_at <= excluded.fetched_at"
        )
        sealed = token_to_bytes(token, self._upstream, self._seal)
        values = (self._upstream, sealed, fetched_seconds(token))
        await self._file.write(lambda db: db.execute(sql, values).rowcount)

    async def end_turn(self) -> None:
        sql = (
            "UPDATE upstream_tokens SET turn_owner = NULL, turn_until = NULL"
            " WHERE upstream = ? AND turn_owner = ?"
        )
        values = (self._upstream, self._owner)
        await self._file.write(lambda db: db.execute(sql, values).rowcount)
