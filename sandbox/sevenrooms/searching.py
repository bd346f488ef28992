"""Lists: paged, filtered, and cut off where the real service cuts them off."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import islice
from typing import TypeVar

from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Request, Reservation
from sandbox.sevenrooms.state import SevenRoomsState, digits

Row = TypeVar("Row")

_LIMIT_AT_MOST = 400
# Deep paging ends here (CONFIRMED-L).
_ROWS_AT_MOST = 4000


def page(rows: Iterable[Row], query: Fields, default_limit: int) -> tuple[list[Row], int | None]:
    """One page and the cursor of the next; the limit is capped, not refused."""
    limit = min(query.whole("limit", least=1) or default_limit, _LIMIT_AT_MOST)
    offset = query.whole("cursor") or 0
    if offset >= _ROWS_AT_MOST:
        raise Refusal(400, f"Result set limited to {_ROWS_AT_MOST} results")
    found = list(islice(rows, offset, offset + limit + 1))
    return found[:limit], offset + limit if len(found) > limit else None


def limit_of(query: Fields, default_limit: int) -> int:
    return min(query.whole("limit", least=1) or default_limit, _LIMIT_AT_MOST)


def reservations(state: SevenRoomsState, query: Fields) -> Iterable[Reservation]:
    """In the order they were made."""
    if query.text("concierge_id") not in {None, state.seed.concierge_id}:
        return ()
    rows: Sequence[Reservation] | Iterable[Reservation] = state.reservations.values()
    phone = query.text("phone_number")
    if phone is not None:
        rows = state.by_phone.get(digits(phone), ())
    checks = [*_date_checks(query), *_status_checks(query), *_name_checks(query)]
    return (row for row in rows if all(check(row) for check in checks))


def requests(state: SevenRoomsState, query: Fields) -> Iterable[Request]:
    """PROPOSED: the venue-side list; withdrawn requests are not on it."""
    venue_id = query.text("venue_id")
    first, last = query.day("from_date"), query.day("to_date")
    return (
        row
        for row in state.requests.values()
        if row.deleted is None
        and venue_id in {None, row.venue.id}
        and _between(row.day, first, last)
    )


def _between(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)


def _date_checks(query: Fields) -> list[Callable[[Reservation], bool]]:
    first, last = query.day("from_date"), query.day("to_date")
    if first is None and last is None:
        return []
    return [lambda row: _between(row.day, first, last)]


def _status_checks(query: Fields) -> list[Callable[[Reservation], bool]]:
    status = query.text("status")
    if status is None:
        return []
    wanted = status.upper().replace(" ", "_")
    return [lambda row: row.status_code.upper() == wanted]


def _name_checks(query: Fields) -> list[Callable[[Reservation], bool]]:
    name = query.text("name")
    if name is None:
        return []
    wanted = " ".join(name.casefold().split())
    return [lambda row: f"{row.guest.first_name} {row.guest.last_name}".casefold() == wanted]
