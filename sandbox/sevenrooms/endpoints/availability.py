"""Free slots: of one venue, of many, of many days.

What was rendered is kept until the pacing or the clock changes it, since most callers ask the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.seed.model import Venue
from sandbox.sevenrooms import replies, slots, wishes
from sandbox.sevenrooms.calls import Call, guarded
from sandbox.sevenrooms.shapes import availability, venue
from sandbox.sevenrooms.slots import Offered
from sandbox.sevenrooms.state import SevenRoomsState
from sandbox.sevenrooms.wishes import Wish

_RENDERED_KEPT = 2000
_DAYS_OUT_AT_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rendered:
    """Good for the same version, from the moment it was made until the clock changes it."""

    body: bytes
    version: tuple[int, int]
    made_at: datetime
    until: datetime


def routes(state: SevenRoomsState) -> list[BaseRoute]:
    of_venue = "/concierge/{concierge_id}/venues/{venue_id}/availability"
    return [
        guarded(state, f"{of_venue}/dining", "GET", _dining),
        guarded(state, f"{of_venue}/range", "GET", _range),
        guarded(state, "/concierge/{concierge_id}/availability/dining/venues", "GET", _of_venues),
    ]


def _dining(call: Call) -> Response:
    """Where nothing is free one object without slots says so."""
    wish, row, day = wishes.read_wish(call.query, call.base), call.venue, _day(call)
    body = _day_of_venue(call.state, row, day, wish)
    if not body:
        is_closed = not slots.is_open(call.state, row, day)
        body = replies.encode(availability.of_shift(wish, row, [], is_closed=is_closed))
    return replies.answer_availability([body], call.trace)


def _of_venues(call: Call) -> Response:
    """204 when no venue has anything (CONFIRMED-V). PROPOSED: unknown venues are passed over."""
    wish, day = wishes.read_wish(call.query, call.base), _day(call)
    venues = [call.state.venues.get(each) for each in wishes.venue_ids(call.query)]
    found = [_day_of_venue(call.state, row, day, wish) for row in venues if row is not None]
    bodies = [body for body in found if body]
    if not bodies:
        return Response(status_code=204)
    return replies.answer_availability(bodies, call.trace)


def _range(call: Call) -> Response:
    """Beta at the vendor: one entry a date, without the venue's request sizes."""
    wish, row, first = wishes.read_wish(call.query, call.base), call.venue, _day(call)
    days_out = call.query.needed_whole("days_out", least=1, most=_DAYS_OUT_AT_MOST)
    days = [first + timedelta(days=ahead) for ahead in range(days_out)]
    about = replies.encode(venue.venue_of_availability(call.base, row))
    bodies = {day.isoformat(): _date_of_venue(call.state, row, day, wish) for day in days}
    return replies.answer_range(bodies, about, call.trace)


def _day(call: Call) -> date:
    return call.query.needed_day("date")


def _taken(offered: list[Offered], wish: Wish) -> list[Offered]:
    found = [each for each in offered if wish.takes(each)]
    return found if wish.slot_options else wishes.one_per_time(found)


def _day_of_venue(state: SevenRoomsState, row: Venue, day: date, wish: Wish) -> bytes:
    """The venue's shifts with their slots, joined by commas; empty where nothing is free."""

    def render(found: list[Offered]) -> bytes:
        return b",".join(
            replies.encode(availability.of_shift(wish, row, list(group), is_closed=False))
            for _, group in groupby(found, key=lambda each: each.slot.shift.id)
        )

    return _kept(state, row, day, wish, render)


def _date_of_venue(state: SevenRoomsState, row: Venue, day: date, wish: Wish) -> bytes:
    """One entry of the range call."""

    def render(found: list[Offered]) -> bytes:
        is_closed = not slots.is_open(state, row, day)
        return replies.encode(availability.of_date(wish, found, is_closed=is_closed))

    return _kept(state, row, day, wish, render)


def _kept(
    state: SevenRoomsState,
    row: Venue,
    day: date,
    wish: Wish,
    render: Callable[[list[Offered]], bytes],
) -> bytes:
    """What `render` made of the day's slots before, or makes of them now."""
    now, version = state.now(), state.pacing.version(row.id, day)
    key = (render.__qualname__, row.id, day, wish)
    kept = state.rendered.get(key)
    if kept is not None and kept.version == version and kept.made_at <= now < kept.until:
        return bytes(kept.body)
    offered = slots.offered(state, row, day, wish.party_size)
    if len(state.rendered) > _RENDERED_KEPT:
        state.rendered.clear()
    until = slots.next_change(state, row, day, offered)
    body = render(_taken(offered, wish))
    state.rendered[key] = _Rendered(body=body, version=version, made_at=now, until=until)
    return body
