"""Members' sessions and failed sign-ins, beside the bookings in the same table."""

import datetime as dt

from bff.ledger.codec import Seal, session_from_bytes, session_to_bytes
from bff.ledger.dynamodb_rows import (
    SESSION,
    member_partition,
    number,
    seconds,
    text,
    whole_seconds,
)
from bff.ledger.dynamodb_table import ConditionFailed, DynamoTable, Row
from bff.members.model import MemberSession

# A session that is over still says who its member is, as long as Cognito's refresh tokens live by
# default; after that the CRM is asked.
SESSION_DAYS = 30

# Two callers at the end of one window can get in each other's way once.
_ADD_TRIES = 4


class DynamoSessions:
    """Implements the port Sessions."""

    def __init__(self, table: DynamoTable, seal: Seal) -> None:
        self._table = table
        self._seal = seal

    async def keep(self, session: MemberSession) -> None:
        forgotten = session.expires_at + dt.timedelta(days=SESSION_DAYS)
        await self._table.put(
            {
                **_session_key(session.sub),
                "sealed": {"B": session_to_bytes(session, self._seal)},
                "expires_at": whole_seconds(forgotten),
            }
        )

    async def load(self, sub: str) -> MemberSession | None:
        row = await self._table.get(_session_key(sub))
        return None if row is None else session_from_bytes(row["sealed"]["B"], sub, self._seal)


class DynamoAttempts:
    """Implements the port Attempts.

    A count whose answer was lost is counted again: too many rather than too few.
    """

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    async def count(self, key: str, now: dt.datetime) -> int:
        row = await self._live(key, now)
        return 0 if row is None else int(row["failures"]["N"])

    async def ends_at(self, key: str, now: dt.datetime) -> dt.datetime | None:
        row = await self._live(key, now)
        return None if row is None else dt.datetime.fromtimestamp(_ends(row), dt.UTC)

    async def add(self, key: str, now: dt.datetime, window: dt.timedelta) -> int:
        ends = now + window
        values = {":now": seconds(now), ":one": number(1)}
        fresh = values | {":ends": seconds(ends), ":forgotten": whole_seconds(ends + window)}
        for _ in range(_ADD_TRIES):
            try:
                row = await self._table.update(
                    _attempts_key(key), "ADD failures :one", "ends_at > :now", values
                )
            except ConditionFailed:
                started = await self._start(key, fresh)
            else:
                return int(row["failures"]["N"])
            if started:
                return 1
        # Somebody else's window began and ended each time we looked.
        return 1

    async def take_back(self, key: str) -> None:
        values = {":none": number(0), ":less": number(-1)}
        try:
            await self._table.update(
                _attempts_key(key), "ADD failures :less", "failures > :none", values
            )
        except ConditionFailed:
            return

    async def clear(self, key: str) -> None:
        await self._table.delete(_attempts_key(key))

    async def _start(self, key: str, values: Row) -> bool:
        """Begin a window with one failure; False where somebody else has just done so."""
        try:
            await self._table.update(
                _attempts_key(key),
                "SET failures = :one, ends_at = :ends, expires_at = :forgotten",
                "attribute_not_exists(pk) OR ends_at <= :now",
                values,
            )
        except ConditionFailed:
            return False
        return True

    async def _live(self, key: str, now: dt.datetime) -> Row | None:
        row = await self._table.get(_attempts_key(key))
        return row if row is not None and _ends(row) > now.timestamp() else None


def _ends(row: Row) -> float:
    return float(row["ends_at"]["N"])


def _session_key(sub: str) -> Row:
    return {"pk": member_partition(sub), "sk": text(SESSION)}


def _attempts_key(key: str) -> Row:
    return {"pk": text(f"ATTEMPTS#{key}"), "sk": text("ATTEMPTS")}
