"""Bookings at rest, looked at again: what the venue did since, and what a slow upstream did late.

A write whose answer was lost, and of which its upstream knew nothing after the settling time, was
made again or given up. Should it be done after all, its effect is a stray: here it is found by our
reference and undone, see docs/adr/0018.
"""

import datetime as dt
from dataclasses import replace

from bff.booking.model import Booking, Ending, Method, PaymentStatus, Point, Reason, Status
from bff.booking.ports import CannotAsk, Strays, TooLateToCancel
from bff.booking.steps.move import Doubt, Move, Result, Upstreams, Wait


async def look_at_confirmed(up: Upstreams, booking: Booking, _now: dt.datetime) -> Result:
    """The payment goes back where the venue has cancelled."""
    if await up.reservations.look(booking.reservation_id or "") is Status.CANCELLED:
        changes = {"ending": Ending.CANCELLED, "reason": Reason.VENUE_CANCELLED}
        return Move(Point.RETURNING, "the venue has cancelled", changes)
    if booking.stray_looks == 0:
        return Wait("the reservation stands")
    strays = await up.reservations.find_strays(booking)
    try:
        await _cancel(up, booking, strays)
    except TooLateToCancel:
        return Doubt("a second reservation that the venue does not let us cancel")
    due = 0 if booking.is_free else booking.terms.points or 0
    if await _points_standing(up, booking, otherwise=due) != due:
        return Doubt("the points taken are not the price")
    return _looked(booking, strays)


async def look_at_ended(up: Upstreams, booking: Booking, _now: dt.datetime) -> Result:
    """Whatever stands under our reference by now is undone by the saga's own rows."""
    strays = await up.reservations.find_strays(replace(booking, reservation_id=None))
    if strays.reservations:
        changes = {"reservation_id": strays.reservations[0], "request_id": None, "hold_id": None}
        return Move(Point.UNDOING, "a reservation was made late", changes)
    if strays.requests:
        changes = {"reservation_id": None, "request_id": strays.requests[0], "hold_id": None}
        return Move(Point.UNDOING, "a request was made late", changes)
    standing = await _points_standing(up, booking, otherwise=0)
    if standing > 0:
        changes = {"payment_status": PaymentStatus.PAID}
        return Move(Point.RETURNING, "points were taken late", changes)
    return Doubt("more points given back than taken") if standing < 0 else _looked(booking, strays)


async def withdraw_strays(up: Upstreams, booking: Booking) -> None:
    """While the venue thinks about one request of ours, it must not grant another as well."""
    if booking.stray_looks:
        strays = await up.reservations.find_strays(booking)
        await _cancel(up, booking, Strays(requests=strays.requests))


async def _cancel(up: Upstreams, booking: Booking, strays: Strays) -> None:
    """Each of these calls may be repeated, so that none needs to be announced."""
    for reservation_id in strays.reservations:
        await up.reservations.cancel(replace(booking, reservation_id=reservation_id))
    for request_id in strays.requests:
        await up.reservations.withdraw(replace(booking, request_id=request_id))


async def _points_standing(up: Upstreams, booking: Booking, *, otherwise: int) -> int:
    """`otherwise` where no points were asked for, or where the CRM cannot be asked.

    Without a history no redemption is ever believed undone, so that none can come late.
    """
    if booking.method is not Method.POINTS or booking.is_free:
        return otherwise
    try:
        return await up.points.standing(booking, booking.receipt_no)
    except CannotAsk:
        return otherwise


def _looked(booking: Booking, strays: Strays) -> Wait:
    found = len(strays.reservations) + len(strays.requests)
    what = f"given up {found} made late" if found else "nothing was done late"
    return Wait(what, changes={"stray_looks": booking.stray_looks - 1})


def settled_by_hand(
    _up: Upstreams, booking: Booking, _now: dt.datetime, _found: str | None
) -> Move:
    return Move(booking.point, "settled by hand", {"stray_looks": 0})
