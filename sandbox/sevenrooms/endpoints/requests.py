"""Reservation requests."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.sevenrooms import replies, requesting, searching
from sandbox.sevenrooms.calls import Call, guarded
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Request
from sandbox.sevenrooms.shapes import request
from sandbox.sevenrooms.state import SevenRoomsState

_REQUESTS_A_PAGE = 50


def routes(state: SevenRoomsState) -> list[BaseRoute]:
    venue = "/concierge/{concierge_id}/venues/{venue_id}"
    return [
        guarded(state, f"{venue}/request", "PUT", _ask),
        guarded(state, f"{venue}/request/{{request_id}}", "GET", _get),
        guarded(state, f"{venue}/requests/delete", "POST", _delete),
        guarded(state, "/requests", "GET", _list),
    ]


def _ask(call: Call) -> Response:
    row = requesting.ask(call.state, call.venue, call.form)
    return replies.answer({"request_id": row.id}, call.trace)


def _get(call: Call) -> Response:
    row = requesting.find(call.state, call.venue, call.path["request_id"])
    return replies.answer(_body(call, row), call.trace)


def _delete(call: Call) -> Response:
    names = [part.strip() for part in call.form.needed("request_ids").split(",")]
    gone = requesting.withdraw(call.state, call.venue, names)
    return replies.answer({"count": len(gone), "deleted_ids": gone}, call.trace)


def _list(call: Call) -> Response:
    """PROPOSED, venue-side: parameters and reply are a guess, so it can be switched off."""
    if not call.state.switches.request_search:
        raise Refusal(404, "Not found")
    found, cursor = searching.page(
        searching.requests(call.state, call.query), call.query, _REQUESTS_A_PAGE
    )
    data = {
        "cursor": cursor,
        "limit": searching.limit_of(call.query, _REQUESTS_A_PAGE),
        "results": [_body(call, row) for row in found],
    }
    return replies.answer(data, call.trace)


def _body(call: Call, row: Request) -> dict[str, object]:
    expiration = requesting.expiration(call.state, row)
    return request.request(call.state.seed, row, call.state.now(), expiration)
