"""What SevenRooms can be asked. Errors of every call: `clients.errors.UpstreamError`."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from clients.errors import Malformed
from clients.parsing import Record, record, records, text
from clients.sevenrooms.link import Link
from clients.sevenrooms.models.availability import VenueTimes
from clients.sevenrooms.models.bookings import Request, Reservation
from clients.sevenrooms.models.places import Experience, Venue
from clients.sevenrooms.paths import UPSTREAM, Operation

log = logging.getLogger(__name__)

T = TypeVar("T")

# The most rows of one page (CONFIRMED-V), and where the vendor stops paging (CONFIRMED-L).
PAGE = 400
MAX_PAGES = 10

# A whole business day; with options, since each experience has a slot of its own for one time.
_WHOLE_DAY = {
    "start_time": "00:00",
    "end_time": "23:59",
    "supports_paid_reservations": "true",
    "supports_slot_options": "true",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationQuery:
    """`name` is the guest's full name; dates are business days, both included."""

    from_date: dt.date
    to_date: dt.date
    phone_number: str | None = None
    name: str | None = None

    def params(self) -> dict[str, str]:
        asked = {
            "from_date": self.from_date.isoformat(),
            "to_date": self.to_date.isoformat(),
            "phone_number": self.phone_number,
            "name": self.name,
        }
        return {name: value for name, value in asked.items() if value}


class SevenRoomsReads:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._operations = link.operations

    async def venues(self) -> tuple[Venue, ...]:
        """Every venue of the concierge account."""
        operation = self._operations.venues
        return _parsed(operation, await self._pages(operation, {}), Venue.parse)

    async def venue(self, venue_id: str) -> Venue:
        operation = self._operations.venue
        envelope = await self._link.ask(operation, venue_id=venue_id)
        return _needed(operation, Venue.parse(_object(envelope)))

    async def experiences(self, venue_id: str) -> tuple[Experience, ...]:
        operation = self._operations.experiences
        envelope = await self._link.ask(operation, venue_id=venue_id)
        return _parsed(operation, _rows(operation, envelope, "experience"), Experience.parse)

    async def availability(self, venue_id: str, day: dt.date, party_size: int) -> VenueTimes:
        operation = self._operations.availability
        envelope = await self._link.ask(operation, _asked(day, party_size), venue_id=venue_id)
        found = _availability(operation, envelope, lambda row: VenueTimes.parse(row, venue_id))
        return found[0] if found else VenueTimes(venue_id=venue_id, is_closed=False, timeslots=())

    async def availability_of_many(
        self, venue_ids: Sequence[str], day: dt.date, party_size: int
    ) -> tuple[VenueTimes, ...]:
        """One call for all of them; a venue with nothing free may be missing."""
        params = {**_asked(day, party_size), "venue_ids": ",".join(venue_ids)}
        operation = self._operations.availability_of_many
        return _availability(operation, await self._link.ask(operation, params), VenueTimes.parse)

    async def availability_range(
        self, venue_id: str, start: dt.date, days: int, party_size: int
    ) -> Mapping[dt.date, VenueTimes]:
        """By business day; days without an entry have nothing free. `days` is 1 to 60.

        Errors: also Malformed where a day has an entry that says nothing.
        """
        operation = self._operations.availability_range
        params = {**_asked(start, party_size), "days_out": str(days)}
        envelope = await self._link.ask(operation, params, venue_id=venue_id)
        dates = record(_said(operation, envelope, "dates"))
        rows = {day: record(row) for key, row in dates.items() if (day := _date(key))}
        found = {day: VenueTimes.parse(row, venue_id) for day, row in rows.items()}
        usable = {day: times for day, times in found.items() if times}
        if len(usable) < len(found) or (dates and not found):
            raise Malformed(UPSTREAM, operation.name, "days that say nothing")
        return usable

    async def request(self, venue_id: str, request_id: str) -> Request:
        operation = self._operations.request
        envelope = await self._link.ask(operation, venue_id=venue_id, request_id=request_id)
        return _needed(operation, Request.parse(_object(envelope)))

    async def reservation(self, reservation_id: str) -> Reservation:
        """`reservation_id` may also be the reference code."""
        operation = self._operations.reservation
        envelope = await self._link.ask(operation, reservation_id=reservation_id)
        return _needed(operation, Reservation.parse(_object(envelope)))

    async def reservations(
        self, query: ReservationQuery, *, every_row: bool = False
    ) -> tuple[Reservation, ...]:
        """All pages, up to the vendor's 4000 rows.

        Errors: with `every_row` also Malformed, where one of them cannot be told: it may be the one
        that is looked for.
        """
        operation = self._operations.reservations
        rows = await self._pages(operation, query.params())
        return _parsed(operation, rows, Reservation.parse, every_row=every_row)

    async def requests(
        self, venue_id: str, from_date: dt.date, to_date: dt.date
    ) -> tuple[Request, ...]:
        """PROPOSED, see `Operations.requests`. Errors: Malformed where a row cannot be told."""
        operation = self._operations.requests
        asked = {
            "venue_id": venue_id,
            "from_date": from_date.isoformat(),
            "to_date": to_date.isoformat(),
        }
        rows = await self._pages(operation, asked)
        return _parsed(operation, rows, Request.parse, every_row=True)

    async def _pages(self, operation: Operation, asked: Mapping[str, str]) -> list[Any]:
        """The rows of every page, in either confirmed shape.

        Venues: `data` is the list, with `cursor` beside it. Elsewhere `data` has `results` and
        `cursor`. The cursor is text in the query and an integer in the reply.
        """
        params, rows = {**asked, "limit": str(PAGE)}, list[Any]()
        for _ in range(MAX_PAGES):
            envelope = await self._link.ask(operation, params) or {}
            data = envelope.get("data")
            page = envelope if isinstance(data, list) else record(data)
            rows += _listed(operation, data if isinstance(data, list) else page.get("results"))
            cursor = text(page, "cursor")
            # The cursor that we have just used would lead round in a circle.
            if cursor is None or cursor == params.get("cursor"):
                break
            params["cursor"] = cursor
        return rows


def _asked(day: dt.date, party_size: int) -> dict[str, str]:
    return {**_WHOLE_DAY, "date": day.isoformat(), "party_size": str(party_size)}


def _date(value: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def _object(envelope: Record | None) -> Record:
    return record((envelope or {}).get("data"))


def _said(operation: Operation, envelope: Record | None, name: str) -> object:
    """A field of the envelope's object, which has to be there; None for null, and for 204.

    "Nothing is free" must never be read out of an answer that says nothing.
    """
    if envelope is None:
        return None
    data = envelope.get("data")
    if not isinstance(data, dict) or name not in data:
        raise Malformed(UPSTREAM, operation.name, f"no {name}")
    return data[name]


def _rows(operation: Operation, envelope: Record | None, name: str) -> list[Any]:
    said = _said(operation, envelope, name)
    return [] if said is None else _listed(operation, said)


def _listed(operation: Operation, rows: object) -> list[Any]:
    """Null is refused here: "no reservation found" must never be read out of a broken answer."""
    if not isinstance(rows, list):
        raise Malformed(UPSTREAM, operation.name, "no list")
    return rows


def _availability(
    operation: Operation, envelope: Record | None, parse: Callable[[Record], VenueTimes | None]
) -> tuple[VenueTimes, ...]:
    return _parsed(operation, _rows(operation, envelope, "availability"), parse)


def _parsed(
    operation: Operation,
    rows: list[Any],
    parse: Callable[[Record], T | None],
    *,
    every_row: bool = False,
) -> tuple[T, ...]:
    """The usable rows; one bad row spoils nothing but itself, unless every row is needed.

    Errors: Malformed, also where no row at all can be used, which is not "there are none".
    """
    found: Iterable[T | None] = (parse(row) for row in records(rows))
    usable = tuple(item for item in found if item is not None)
    if rows and (not usable or (every_row and len(usable) < len(rows))):
        raise Malformed(UPSTREAM, operation.name, "rows that say nothing")
    if len(usable) < len(rows):
        dropped = len(rows) - len(usable)
        log.warning("%s %s: %d of %d rows dropped", UPSTREAM, operation.name, dropped, len(rows))
    return usable


def _needed(operation: Operation, item: T | None) -> T:
    if item is None:
        raise Malformed(UPSTREAM, operation.name, "no id")
    return item
