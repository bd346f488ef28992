"""What a test can do to the stand-in beside calling it: play the venue, or bend the rules."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import switches
from sandbox.inputs import BadInput, only, read_object, text, texts, whole
from sandbox.seed.model import Shift
from sandbox.sevenrooms import booking, requesting, times
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Request as ReservationRequest
from sandbox.sevenrooms.rows import SlotKey
from sandbox.sevenrooms.state import SevenRoomsState


def routes(state: SevenRoomsState) -> list[Route]:
    """Paths are relative to where the control server mounts them."""
    return [
        *_venue_routes(state),
        *_switch_routes(state),
        Route("/capacity", _capacity(state), methods=["POST"]),
    ]


def _venue_routes(state: SevenRoomsState) -> list[Route]:
    async def approve(request: Request) -> Response:
        try:
            made = requesting.approve(state, _request(state, request))
        except Refusal as refusal:
            raise HTTPException(refusal.status, refusal.msg) from refusal
        return JSONResponse({"reservation_id": made.id})

    async def decline(request: Request) -> Response:
        row = _request(state, request)
        try:
            requesting.decline(state, row)
        except Refusal as refusal:
            raise HTTPException(refusal.status, refusal.msg) from refusal
        return JSONResponse({"status": row.decided})

    async def mark(request: Request) -> Response:
        """Any word is taken as status_code, since venues have statuses of their own."""
        body = await read_object(request)
        only(body, ("status_code",))
        status = text(body, "status_code")
        try:
            row = booking.find(state, request.path_params["reservation_id"], external=True)
        except Refusal as refusal:
            raise HTTPException(404, refusal.msg) from refusal
        booking.mark(state, row, status)
        return JSONResponse({"reservation_id": row.id, "status_code": row.status_code})

    return [
        Route("/requests/{request_id}/approve", approve, methods=["POST"]),
        Route("/requests/{request_id}/decline", decline, methods=["POST"]),
        Route("/reservations/{reservation_id}/status", mark, methods=["POST"]),
    ]


def _switch_routes(state: SevenRoomsState) -> list[Route]:
    async def show(_: Request) -> Response:
        return JSONResponse(switches.shown(state.switches))

    async def switch(request: Request) -> Response:
        state.switches = switches.changed(state.switches, await read_object(request))
        return JSONResponse(switches.shown(state.switches))

    async def revoke(_: Request) -> Response:
        state.revoke_tokens()
        return JSONResponse({"revoked": "all"})

    async def secrets(request: Request) -> Response:
        body = await read_object(request)
        only(body, ("accepted",))
        state.client_secrets = texts(body, "accepted")
        return JSONResponse({"accepted": len(state.client_secrets)})

    return [
        Route("/switches", show, methods=["GET"]),
        Route("/switches", switch, methods=["POST", "PATCH"]),
        Route("/secrets", secrets, methods=["POST"]),
        Route("/revoke", revoke, methods=["POST"]),
    ]


def _capacity(state: SevenRoomsState) -> Callable[[Request], Awaitable[Response]]:
    """Covers of a venue's seatings, narrowed by what else is named.

    `{"venue_id", "shift_persistent_id"?, "date"?, "time"?}` and either `"covers"`, the pacing limit
    in all, or `"remaining"`, what is to be had beside that which is taken (needs date and time).
    """

    async def set_capacity(request: Request) -> Response:
        body = await read_object(request)
        only(body, ("venue_id", "shift_persistent_id", "date", "time", "covers", "remaining"))
        day, minute = _when(body)
        shifts = _shifts(state, body)
        for shift in shifts:
            covers = _covers(state, shift, (day, minute), body)
            state.pacing.set_limit(shift.id, day, minute, covers)
        return JSONResponse({"shifts": [shift.id for shift in shifts]})

    return set_capacity


def _request(state: SevenRoomsState, request: Request) -> ReservationRequest:
    row = state.requests.get(request.path_params["request_id"])
    if row is None:
        raise HTTPException(404, "no such request")
    return row


def _shifts(state: SevenRoomsState, body: dict[str, Any]) -> list[Shift]:
    venue = state.venues.get(text(body, "venue_id"))
    if venue is None:
        raise HTTPException(404, "no such venue")
    wanted = body.get("shift_persistent_id")
    shifts = [shift for shift in venue.shifts if wanted is None or wanted == shift.id]
    if not shifts:
        raise HTTPException(404, "no such shift")
    return shifts


def _when(body: dict[str, Any]) -> tuple[date | None, int | None]:
    """Business day and minute; a time alone, without its date, is refused."""
    day = times.parse_date(text(body, "date")) if "date" in body else None
    clock = times.parse_clock(text(body, "time")) if "time" in body else None
    if ("date" in body and day is None) or ("time" in body and (clock is None or day is None)):
        raise BadInput("date must be YYYY-MM-DD, time a clock time of that date")
    return day, None if clock is None else times.minute_of_business_day(clock)


def _covers(
    state: SevenRoomsState,
    shift: Shift,
    when: tuple[date | None, int | None],
    body: dict[str, Any],
) -> int:
    if "covers" in body:
        return whole(body["covers"], "covers")
    day, minute = when
    if "remaining" not in body or day is None or minute is None:
        raise BadInput("say covers, or remaining with date and time")
    taken = state.pacing.taken(SlotKey(shift.id, day, minute), state.now())
    return taken + whole(body["remaining"], "remaining")
