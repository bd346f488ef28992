"""Venues and experiences."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.seed.model import Venue
from sandbox.sevenrooms import replies, searching
from sandbox.sevenrooms.calls import Call, guarded
from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.shapes import experience, venue
from sandbox.sevenrooms.state import SevenRoomsState

_VENUES_A_PAGE = 100


def routes(state: SevenRoomsState) -> list[BaseRoute]:
    return [
        guarded(state, "/concierge/{concierge_id}/venues", "GET", _list),
        guarded(state, "/concierge/{concierge_id}/venues/{venue_id}", "GET", _get),
        guarded(state, "/experiences/{venue_id}", "GET", _experiences),
        guarded(state, "/experiences/{venue_id}/details/{experience_id}", "GET", _experience),
    ]


def _list(call: Call) -> Response:
    """Here the list is `data` itself; cursor and limit stand beside it (CONFIRMED-V)."""
    rows = [row for row in call.state.seed.venues if _matches(row, call.query)]
    found, cursor = searching.page(rows, call.query, _VENUES_A_PAGE)
    return replies.answer(
        [venue.venue(call.base, row) for row in found],
        call.trace,
        cursor=cursor,
        limit=searching.limit_of(call.query, _VENUES_A_PAGE),
    )


def _matches(row: Venue, query: Fields) -> bool:
    """`date` filters blackouts, of which there are none."""
    query.day("date")
    return (
        (query.text("venue_class") or venue.VENUE_CLASS) == venue.VENUE_CLASS
        and query.text("municipality_id") in {None, venue.municipality_id(row)}
        and query.text("postal_code") in {None, row.place.postal_code}
    )


def _get(call: Call) -> Response:
    return replies.answer(venue.venue(call.base, call.venue), call.trace)


def _experiences(call: Call) -> Response:
    rows = [experience.experience(call.base, row) for row in call.venue.experiences]
    return replies.answer({"experience": rows}, call.trace)


def _experience(call: Call) -> Response:
    for row in call.venue.experiences:
        if row.id == call.path["experience_id"]:
            body = experience.experience(call.base, row)
            return replies.answer({"experience": body}, call.trace)
    raise Refusal(404, "Experience not found")  # PROPOSED: not known
