"""Removes from the DynamoDB table what has been kept for long enough.

The table's time to live removes bookings by itself, in its own time; their keys stay behind, and so
does what was written while bookings were kept for ever. This goes through the whole table.
"""

import datetime as dt

from bff.booking.retention import end_of
from bff.ledger import dynamodb_rows as rows
from bff.ledger.codec import outside_seal
from bff.ledger.dynamodb_table import ConditionFailed, DynamoTable, Row

# Nothing is due, nothing is unfinished.
_AT_REST = (
    "sk = :booking AND attribute_not_exists(due_at) AND attribute_not_exists(unfinished_shard)"
)


class DynamoRetention:
    """Implements Retention."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    async def forget(self, now: dt.datetime, keep: dt.timedelta | None, limit: int) -> int:
        """The booking first: a key without its booking is found by the next run."""
        forgotten = 0 if keep is None else await self._forget_bookings(now - keep, limit)
        await self._forget_keys()
        return forgotten

    async def _forget_bookings(self, before: dt.datetime, limit: int) -> int:
        forgotten = 0
        kinds = {":booking": rows.text(rows.BOOKING)}
        async for page in self._table.scanned(_AT_REST, kinds, "pk, sk, version, body"):
            for row in page:
                if forgotten < limit and _is_over(row, before):
                    forgotten += await self._remove(row)
        return forgotten

    async def _remove(self, row: Row) -> bool:
        events = await self._table.query("pk = :booking", {":booking": row["pk"]})
        if any(rows.is_open_event(event) for event in events):
            return False
        key = {"pk": row["pk"], "sk": row["sk"]}
        return await self._removed(key, "version = :read", {":read": row["version"]})

    async def _forget_keys(self) -> None:
        """Keys whose bookings are gone. Both are written together, so that none is too new."""
        condition, values = "begins_with(sk, :key)", {":key": rows.text(rows.KEY)}
        async for page in self._table.scanned(condition, values, "pk, sk, booking_id"):
            keys = {row["booking_id"]["S"]: row for row in page}
            there = await self._table.get_many([rows.booking_key(name) for name in keys], "pk")
            for name in keys.keys() - {rows.booking_id_of(row) for row in there}:
                await self.forget_key(keys[name])

    async def forget_key(self, row: Row) -> None:
        """Unless another booking has been made under it meanwhile."""
        key = {"pk": row["pk"], "sk": row["sk"]}
        await self._removed(key, "booking_id = :gone", {":gone": row["booking_id"]})

    async def _removed(self, key: Row, condition: str, values: Row) -> bool:
        try:
            await self._table.delete(key, condition, values)
        except ConditionFailed:
            return False
        return True


def _is_over(row: Row, before: dt.datetime) -> bool:
    end = end_of(outside_seal(row["body"]["S"]))
    return end is not None and end < before
