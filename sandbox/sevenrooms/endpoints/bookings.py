"""Holds, reservations and their search."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.sevenrooms import booking, holding, replies, searching
from sandbox.sevenrooms.calls import Call, guarded
from sandbox.sevenrooms.replies import encode
from sandbox.sevenrooms.shapes import reservation
from sandbox.sevenrooms.state import SevenRoomsState

_RESERVATIONS_A_PAGE = 50


def routes(state: SevenRoomsState) -> list[BaseRoute]:
    venue, group = "/concierge/{concierge_id}/venues/{venue_id}", "/concierge_group/{group_id}"
    one = "reservations/{reservation_id}"
    return [
        guarded(state, f"{venue}/holds", "PUT", _hold),
        guarded(state, f"{venue}/holds/{{hold_id}}/release", "POST", _release),
        guarded(state, f"{venue}/book", "PUT", _book),
        guarded(state, f"{group}/reservations", "GET", _search),
        guarded(state, f"{group}/{one}", "GET", _get_of_group),
        guarded(state, f"{group}/{one}", "DELETE", _cancel),
        guarded(state, f"/concierge/{{concierge_id}}/{one}", "GET", _get),
        guarded(state, f"/concierge/{{concierge_id}}/{one}", "DELETE", _cancel),
    ]


def _hold(call: Call) -> Response:
    row, seconds = holding.hold(call.state, call.venue, call.form)
    data = {
        "hold_duration_sec": seconds,
        "access_persistent_id": row.slot.rule.persistent_id,
        "reservation_hold_id": row.id,
        "shift_persistent_id": row.slot.shift.id,
    }
    return replies.answer(data, call.trace)


def _release(call: Call) -> Response:
    """The one reply without `data`, and with `message` instead of `msg` (CONFIRMED-V)."""
    holding.release(call.state, call.venue, call.path["hold_id"], call.form)
    body = encode({"status": 200, "message": "Reservation hold released"})
    return Response(body, media_type="application/json")


def _book(call: Call) -> Response:
    row = booking.book(call.state, call.venue, call.form)
    data: dict[str, object] = {
        "paylink_auto_cancel": None,
        "request_id": row.request_id,
        "reservation_id": row.id,
        "upgrades": [],
    }
    return replies.answer(data, call.trace)


def _search(call: Call) -> Response:
    rows = searching.reservations(call.state, call.query)
    found, cursor = searching.page(rows, call.query, _RESERVATIONS_A_PAGE)
    data = {
        "cursor": cursor,
        "limit": searching.limit_of(call.query, _RESERVATIONS_A_PAGE),
        "results": [reservation.reservation(call.state.seed, row) for row in found],
    }
    return replies.answer(data, call.trace)


def _get(call: Call) -> Response:
    row = booking.find(call.state, call.path["reservation_id"])
    return replies.answer(reservation.reservation(call.state.seed, row), call.trace)


def _get_of_group(call: Call) -> Response:
    row = booking.find(call.state, call.path["reservation_id"], external=True)
    return replies.answer(reservation.reservation(call.state.seed, row), call.trace)


def _cancel(call: Call) -> Response:
    call.form.truth("send_client_email")
    row = booking.find(call.state, call.path["reservation_id"])
    booking.cancel(call.state, row)
    return replies.answer({"reservation_id": row.id}, call.trace)
