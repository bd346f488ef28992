"""What a test can do to the stand-in beside calling it: play the venue, or bend the rules.

JSON in, JSON out. A wrong field is a 400 with a sentence; nothing here needs a token.
"""

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.seed.model import Shift
from sandbox.sevenrooms import booking, requesting, times
from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Request as ReservationRequest
from sandbox.sevenrooms.rows import SlotKey
from sandbox.sevenrooms.state import SevenRoomsState
from sandbox.sevenrooms.switches import Switches

_Action = Callable[[SevenRoomsState, dict[str, str], dict[str, Any]], dict[str, Any]]


def routes(state: SevenRoomsState) -> list[Route]:
    """Paths are relative to where the control server mounts them."""
    table: tuple[tuple[str, str, _Action], ...] = (
        ("POST", "/requests/{request_id}/approve", _approve),
        ("POST", "/requests/{request_id}/decline", _decline),
        ("POST", "/reservations/{reservation_id}/status", _mark),
        ("POST", "/tokens/revoke", _revoke),
        ("POST", "/capacity", _set_capacity),
        ("GET", "/switches", _show_switches),
        ("POST", "/switches", _set_switches),
    )
    return [
        Route(path, _endpoint(state, action), methods=[method]) for method, path, action in table
    ]


def _endpoint(state: SevenRoomsState, action: _Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(action(state, request.path_params, await _read(request)))
        except Refusal as refusal:
            return JSONResponse({"error": refusal.msg}, refusal.status)

    return endpoint


async def _read(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object")
    return body


def _approve(state: SevenRoomsState, path: dict[str, str], _: dict[str, Any]) -> dict[str, Any]:
    """The venue says yes; the reservation's id is answered."""
    row = _request(state, path)
    return {"reservation_id": requesting.approve(state, row).id}


def _decline(state: SevenRoomsState, path: dict[str, str], _: dict[str, Any]) -> dict[str, Any]:
    requesting.decline(state, _request(state, path))
    return {"status": "DECLINED"}


def _request(state: SevenRoomsState, path: dict[str, str]) -> ReservationRequest:
    row = state.requests.get(path["request_id"])
    if row is None:
        raise Refusal(404, "No such request")
    return row


def _mark(state: SevenRoomsState, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """`{"status_code": "NO_SHOW"}`: any word, since venues have statuses of their own."""
    status = body.get("status_code")
    if not isinstance(status, str) or not status:
        raise Refusal(400, "status_code must be a text")
    row = booking.find(state, path["reservation_id"], external=True)
    booking.mark(state, row, status)
    return {"reservation_id": row.id, "status_code": row.status_code}


def _revoke(state: SevenRoomsState, _: dict[str, str], __: dict[str, Any]) -> dict[str, Any]:
    return {"revoked": state.tokens.revoke_all()}


def _set_capacity(
    state: SevenRoomsState, _: dict[str, str], body: dict[str, Any]
) -> dict[str, Any]:
    """Covers of a venue's seatings, narrowed by what else is named.

    `{"venue_id", "shift_persistent_id"?, "date"?, "time"?}` and either `"covers"`, the pacing limit
    in all, or `"remaining"`, what is to be had beside that which is taken (needs date and time).
    A time alone, without its date, is refused.
    """
    fields = Fields({name: str(value) for name, value in body.items() if value is not None})
    venue = state.venue(fields.needed("venue_id"))
    day, clock = fields.day("date"), fields.clock("time")
    minute = None if clock is None else times.minute_of_business_day(clock)
    if minute is not None and day is None:
        raise Refusal(400, "A time needs its date")
    shift_id = fields.text("shift_persistent_id")
    shifts = [shift for shift in venue.shifts if shift_id in {None, shift.id}]
    if not shifts:
        raise Refusal(404, "No such shift")
    for shift in shifts:
        key = SlotKey(shift.id, day, minute) if day and minute is not None else None
        state.pacing.set_limit(shift.id, day, minute, _covers(state, shift, key, fields))
    return {"shifts": [shift.id for shift in shifts]}


def _covers(state: SevenRoomsState, shift: Shift, key: SlotKey | None, fields: Fields) -> int:
    covers, remaining = fields.whole("covers"), fields.whole("remaining")
    if covers is not None:
        return covers
    if remaining is None or key is None:
        raise Refusal(400, f"Say covers, or remaining with date and time, of {shift.category}")
    return state.pacing.taken(key, state.now()) + remaining


def _show_switches(state: SevenRoomsState, _: dict[str, str], __: dict[str, Any]) -> dict[str, Any]:
    return dataclasses.asdict(state.switches)


def _set_switches(
    state: SevenRoomsState, _: dict[str, str], body: dict[str, Any]
) -> dict[str, Any]:
    """Any of the switches by name; unknown names and wrong types are refused, and none is set."""
    for name, value in body.items():
        now = getattr(state.switches, name, None) if name in Switches.__slots__ else None
        if now is None or isinstance(value, bool) != isinstance(now, bool) or not _sane(value):
            raise Refusal(400, f"{name} cannot be set to that")
    for name, value in body.items():
        setattr(state.switches, name, value)
    return dataclasses.asdict(state.switches)


def _sane(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, int | float) and 0 < value < 10**9)
