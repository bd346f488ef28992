"""The ledger of bookings in one DynamoDB table, for any number of running copies."""

import asyncio
import contextlib
import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import replace

from bff.booking.listing import Listing
from bff.booking.model import Booking
from bff.booking.ports import Superseded
from bff.ledger import dynamodb_rows as rows
from bff.ledger.codec import Seal
from bff.ledger.dynamodb_retention import DynamoRetention
from bff.ledger.dynamodb_table import ConditionFailed, DynamoTable, Row
from bff.ledger.listed import Lists

# A claim that loses its row to another write looks again; who loses so often has busy rivals.
CLAIM_TRIES = 3


class DynamoLedger:
    """Implements the port Ledger.

    A booking is one row, written whole under the condition that it has the version we read. The
    index of due rows lags behind: what it shows may be over, which a claim finds out, and what it
    does not show yet the next sweep will see.
    """

    def __init__(self, table: DynamoTable, seal: Seal, *, keep: dt.timedelta | None = None) -> None:
        """`keep`: for how long beyond its end a booking is kept; None is for ever."""
        self._table = table
        self._seal = seal
        self._lists = Lists(seal)
        self._keep = keep

    async def open(self, booking: Booking) -> Booking:
        row = rows.booking_row(booking, _write_id(), self._seal)
        new = [rows.key_row(booking), row]
        try:
            await self._table.put_all_new(new)
        except ConditionFailed:
            first = await self.find(booking.member_id, booking.idempotency_key)
            if first is not None:
                return first
            await self._forget_key(booking)
            await self._table.put_all_new(new)
        return booking

    async def _forget_key(self, booking: Booking) -> None:
        """Of a booking that the table's time to live has taken."""
        key = rows.key_key(booking.member_id, booking.idempotency_key)
        row = await self._table.get(key)
        if row is not None:
            await DynamoRetention(self._table).forget_key(row)

    async def load(self, booking_id: str) -> Booking | None:
        row = await self._table.get(rows.booking_key(booking_id))
        return None if row is None else rows.booking_in(row, self._seal)

    async def find(self, member_id: str, idempotency_key: str) -> Booking | None:
        row = await self._table.get(rows.key_key(member_id, idempotency_key))
        return None if row is None else await self.load(row["booking_id"]["S"])

    async def save(self, booking: Booking) -> Booking:
        after = replace(booking, version=booking.version + 1)
        await self._write_over(booking.version, after)
        return after

    async def claim(
        self, booking_id: str, *, owner: str, now: dt.datetime, until: dt.datetime
    ) -> Booking | None:
        for _ in range(CLAIM_TRIES):
            booking, events = await self._with_events(booking_id)
            if booking is None:
                return None
            if booking.lease_until is not None and booking.lease_until > now:
                return None
            leased = replace(
                booking,
                cancel_asked=booking.cancel_asked or (_wished(events) and not booking.is_final),
                lease_owner=owner,
                lease_until=until,
                due_at=until,
                version=booking.version + 1,
            )
            with contextlib.suppress(Superseded):
                await self._write_over(booking.version, leased, settled=events)
                return leased
        return None

    async def due(self, now: dt.datetime, limit: int) -> Sequence[str]:
        condition = "due_shard = :shard AND due_at <= :now"
        shown = await self._in_shards("due", condition, {":now": rows.seconds(now)}, limit)
        shown.sort(key=lambda row: float(row["due_at"]["N"]))
        told = [row for row in shown if not rows.is_booking(row)]
        free = await self._free(told, now) if told else set()
        ids = [
            rows.booking_id_of(row)
            for row in shown
            if rows.is_booking(row) or rows.booking_id_of(row) in free
        ]
        return list(dict.fromkeys(ids))[:limit]

    async def of_member(self, member_id: str) -> Listing:
        condition = "pk = :member AND begins_with(sk, :key)"
        values = {":member": rows.member_partition(member_id), ":key": rows.text(rows.KEY)}
        keys = [
            rows.booking_key(row["booking_id"]["S"])
            for row in await self._table.query(condition, values)
        ]
        return await self._listed(keys, newest_first=True)

    async def record_event(self, event_id: str, booking_id: str, now: dt.datetime) -> bool:
        row = rows.event_row(event_id, booking_id, _write_id(), now)
        try:
            await self._table.put(row, "attribute_not_exists(pk)")
        except ConditionFailed as failed:
            return _is_ours(failed.there, row)
        return True

    async def ask_to_cancel(self, booking_id: str, now: dt.datetime) -> None:
        await self._table.put(rows.event_row(rows.WISH, booking_id, _write_id(), now))

    async def unfinished(self, limit: int) -> Listing:
        found = await self._in_shards("unfinished", "unfinished_shard = :shard", {}, limit)
        found.sort(key=lambda row: (float(row["created_at"]["N"]), rows.booking_id_of(row)))
        return await self._listed(found[:limit])

    async def newest(self, limit: int) -> Listing:
        found = await self._table.scan("sk = :booking", {":booking": rows.text(rows.BOOKING)})
        found.sort(key=lambda row: (float(row["created_at"]["N"]), rows.booking_id_of(row)))
        return await self._listed(found[-limit:], newest_first=True)

    async def _write_over(
        self, version: int, after: Booking, *, settled: Sequence[Row] = ()
    ) -> None:
        """Write over the version we read, and settle these events with it. Errors: Superseded."""
        row = rows.booking_row(after, _write_id(), self._seal, self._keep)
        condition, values = "version = :read", {":read": rows.number(version)}
        try:
            if settled:
                await self._table.put_and_strip(row, condition, values, settled, rows.DUE)
            else:
                await self._table.put(row, condition, values)
        except ConditionFailed as failed:
            if not _is_ours(failed.there, row):
                raise Superseded from None

    async def _with_events(self, booking_id: str) -> tuple[Booking | None, list[Row]]:
        """The booking and the events that nobody has looked into."""
        partition = rows.booking_key(booking_id)["pk"]
        kept = await self._table.query("pk = :booking", {":booking": partition})
        own = [rows.booking_in(row, self._seal) for row in kept if rows.is_booking(row)]
        return (own[0] if own else None), [row for row in kept if rows.is_open_event(row)]

    async def _in_shards(self, index: str, condition: str, values: Row, limit: int) -> list[Row]:
        """What each shard of an index shows first, at most `limit` of each."""
        asked = [values | {":shard": rows.text(shard)} for shard in rows.SHARDS]
        found = await asyncio.gather(
            *(self._table.query(condition, own, index=index, limit=limit) for own in asked)
        )
        return [row for shard in found for row in shard]

    async def _listed(self, keys: Sequence[Row], *, newest_first: bool = False) -> Listing:
        found = await self._table.get_many([{"pk": key["pk"], "sk": key["sk"]} for key in keys])
        told = ((rows.booking_id_of(row), str(row["body"]["S"])) for row in found)
        listed = self._lists.of(told)
        listed.sort(key=_age, reverse=newest_first)
        return listed

    async def _free(self, events: Sequence[Row], now: dt.datetime) -> set[str]:
        """The bookings of these events that have no live lease."""
        keys = [rows.booking_key(name) for name in {rows.booking_id_of(row) for row in events}]
        found = await self._table.get_many(keys, "pk", "lease_until")
        known = {rows.booking_id_of(row) for row in found}
        await self._forget([row for row in events if rows.booking_id_of(row) not in known])
        at = now.timestamp()
        return {
            rows.booking_id_of(row)
            for row in found
            if float(row.get("lease_until", {"N": 0})["N"]) <= at
        }

    async def _forget(self, strays: Sequence[Row]) -> None:
        """Take events of bookings that are not ours off the index, where they would hide others."""
        change = f"REMOVE {', '.join(rows.DUE)}"
        with contextlib.suppress(ConditionFailed):
            for row in strays:
                key = {"pk": row["pk"], "sk": row["sk"]}
                await self._table.update(key, change, "attribute_exists(pk)")


def _age(booking: Booking) -> tuple[dt.datetime, str]:
    return booking.created_at, booking.id


def _wished(events: Sequence[Row]) -> bool:
    """Whether the guest's wish to cancel is among them."""
    return any(rows.is_wish(event) for event in events)


def _write_id() -> str:
    return secrets.token_hex(8)


def _is_ours(there: Row, row: Row) -> bool:
    """Whether the write had landed, its answer was lost, and it was made once more."""
    return bool(there.get("write_id") == row["write_id"])
