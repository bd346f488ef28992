"""Which places were taken or freed of late, beside the bookings in the same table."""

import asyncio
import datetime as dt
from collections.abc import Sequence

from bff.catalogue.place_news import KEPT, PlacesMoved
from bff.ledger.dynamodb_rows import seconds, text, whole_seconds
from bff.ledger.dynamodb_table import DynamoTable, Row

# One partition each: small enough to be read whole, and a look of seconds meets two at most.
_MINUTE = 60


class DynamoPlaceNews:
    """Implements the port PlaceNews: a row for each venue's day and minute. Errors: LedgerAway."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    async def tell(self, moved: PlacesMoved) -> None:
        row = {
            "pk": _partition(_minute_of(moved.at)),
            "sk": text(f"{moved.day.isoformat()}#{moved.venue_id}"),
            "id": text(moved.id),
            "told_at": seconds(moved.at),
            "expires_at": whole_seconds(moved.at + KEPT),
        }
        await self._table.put(row)

    async def told(self, since: dt.datetime, until: dt.datetime) -> Sequence[PlacesMoved]:
        minutes = range(_minute_of(since), _minute_of(until) + 1)
        found = await asyncio.gather(
            *(
                self._table.query("pk = :minute", {":minute": _partition(minute)})
                for minute in minutes
            )
        )
        told = [_moved_in(row) for rows in found for row in rows]
        return [moved for moved in told if since <= moved.at <= until]


def _minute_of(at: dt.datetime) -> int:
    return int(at.timestamp() // _MINUTE)


def _partition(minute: int) -> Row:
    return text(f"PLACES#{minute}")


def _moved_in(row: Row) -> PlacesMoved:
    day, _, venue_id = str(row["sk"]["S"]).partition("#")
    return PlacesMoved(
        id=str(row["id"]["S"]),
        venue_id=venue_id,
        day=dt.date.fromisoformat(day),
        at=dt.datetime.fromtimestamp(float(row["told_at"]["N"]), dt.UTC),
    )
