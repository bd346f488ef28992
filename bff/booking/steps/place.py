"""The place: held, asked for, booked, and given up."""

import datetime as dt

from bff.booking.model import Booking, Method, PaymentStatus, Point, Reason, Status
from bff.booking.policy import hold_length
from bff.booking.ports import (
    CannotAsk,
    InsufficientPoints,
    RequestsOff,
    RequestState,
    Reservation,
    SlotGone,
    TooLateToCancel,
)
from bff.booking.steps.later import withdraw_strays
from bff.booking.steps.move import (
    Again,
    Answer,
    Doubt,
    Move,
    NotDone,
    Result,
    Upstreams,
    Wait,
    fail,
)
from clients.errors import UpstreamError


async def hold(up: Upstreams, booking: Booking, now: dt.datetime) -> Result:
    """Hold the place, unless the balance shows already that it cannot be paid."""
    try:
        balance = await _known_balance(up, booking)
        held = await up.reservations.hold(
            booking, int(hold_length(booking, up.hold_seconds).total_seconds())
        )
    except InsufficientPoints as short:
        return fail("not enough points", Reason.INSUFFICIENT_POINTS, balance_before=short.balance)
    except SlotGone:
        return _gone_or_ours(booking, now)
    changes = {"hold_id": held.id, "hold_until": held.until, "balance_before": balance}
    return Move(Point.HELD, "place held", changes)


def _gone_or_ours(booking: Booking, now: dt.datetime) -> Result:
    """A place that looks taken may be under our own hold whose answer was lost: wait it out."""
    lost = booking.lost_hold_until
    if lost is not None and now < lost:
        return Wait("the place may be under our own lost hold", lost)
    return fail("no such place any more", Reason.SLOT_GONE)


async def after_lost_hold(up: Upstreams, booking: Booking, now: dt.datetime) -> Answer:
    """SevenRooms lists no holds; one that we may have ends by itself."""
    until = (booking.announced_at or now) + hold_length(booking, up.hold_seconds)
    known = booking.lost_hold_until or until
    return Again("a hold may have been lost", {"lost_hold_until": max(known, until)})


async def _known_balance(up: Upstreams, booking: Booking) -> int | None:
    """The fresh balance, kept as evidence; None where the CRM is away or does not say."""
    required = booking.terms.points
    if booking.method is not Method.POINTS or booking.is_free or required is None:
        return None
    try:
        balance = await up.points.balance(booking)
    except UpstreamError:
        return None
    if balance is not None and balance < required:
        raise InsufficientPoints(balance)
    return balance


async def request(up: Upstreams, booking: Booking, now: dt.datetime) -> Result:
    try:
        balance = await _known_balance(up, booking)
        request_id = await up.reservations.request(booking)
    except InsufficientPoints as short:
        return fail("not enough points", Reason.INSUFFICIENT_POINTS, balance_before=short.balance)
    except (SlotGone, RequestsOff):
        return fail("the venue takes no such request", Reason.SLOT_GONE)
    return _requested(request_id, now + hold_length(booking, up.hold_seconds), balance)


async def after_lost_request(up: Upstreams, booking: Booking, now: dt.datetime) -> Answer:
    try:
        request_id = await up.reservations.find_request(booking)
    except CannotAsk:
        return Doubt("the venue may have a request of ours that cannot be looked up")
    return NotDone() if request_id is None else requested_by_hand(up, booking, now, request_id)


def requested_by_hand(up: Upstreams, booking: Booking, now: dt.datetime, found: str | None) -> Move:
    return _requested(found or "", now + hold_length(booking, up.hold_seconds), None)


def _requested(request_id: str, until: dt.datetime, balance: int | None) -> Move:
    # A request has no hold that would end: the guest gets as long to pay as a hold would last.
    changes = {"request_id": request_id, "hold_until": until, "balance_before": balance}
    return Move(Point.HELD, "venue asked", changes)


async def book(up: Upstreams, booking: Booking, now: dt.datetime) -> Result:
    """Book with the hold while it lasts; without it the upstream looks for room itself."""
    lasts = booking.hold_until is not None and now < booking.hold_until
    hold_id = booking.hold_id if lasts else None
    try:
        made = await up.reservations.book(booking, hold_id=hold_id)
    except SlotGone:
        return fail("no such place any more", Reason.SLOT_GONE)
    return _booked(made)


async def after_lost_book(up: Upstreams, booking: Booking, _now: dt.datetime) -> Answer:
    found = await up.reservations.find_reservation(booking)
    return NotDone() if found is None else _booked(found)


def _booked(made: Reservation) -> Move:
    # The reservation has used the hold up; there is nothing of it left to release.
    changes = {
        "reservation_id": made.id,
        "confirmation_code": made.confirmation_code,
        "hold_id": None,
    }
    return Move(Point.BOOKED, "booked", changes)


async def look_at_request(up: Upstreams, booking: Booking, now: dt.datetime) -> Result:
    look = await up.reservations.look_at_request(booking)
    if look.state is RequestState.APPROVED and look.reservation is not None:
        return _booked(look.reservation)
    if look.state in {RequestState.DECLINED, RequestState.GONE}:
        return fail("the venue declined", Reason.VENUE_DECLINED)
    if now >= booking.deadline_at:
        return fail("the venue never answered", Reason.VENUE_SILENT)
    await withdraw_strays(up, booking)
    return Wait("the venue has not answered yet")


async def give_up(up: Upstreams, booking: Booking, _now: dt.datetime) -> Result:
    """Give up what we have of the place; each of these calls may be repeated."""
    if booking.reservation_id is not None:
        return await _cancel(up, booking)
    if booking.request_id is not None:
        await up.reservations.withdraw(booking)
        # The venue may have approved while we withdrew: then there is a reservation to cancel.
        made = await up.reservations.find_reservation(booking)
        if made is not None:
            return Move(Point.UNDOING, "approved meanwhile", {"reservation_id": made.id})
        return Move(Point.RETURNING, "request withdrawn")
    if booking.hold_id is not None:
        await up.reservations.release(booking)
    return Move(Point.RETURNING, "place released", {"hold_id": None})


async def _cancel(up: Upstreams, booking: Booking) -> Result:
    if booking.reason is Reason.GUEST_CANCELLED and await _was_used(up, booking):
        return _kept(booking)
    try:
        await up.reservations.cancel(booking)
    except TooLateToCancel:
        return _kept(booking)
    return Move(Point.RETURNING, "reservation cancelled")


async def _was_used(up: Upstreams, booking: Booking) -> bool:
    """Whether the venue counts it as a visit, or as one that the guest missed."""
    status = await up.reservations.look(booking.reservation_id or "")
    return status in {Status.COMPLETED, Status.NO_SHOW}


def _kept(booking: Booking) -> Result:
    """A guest whom the venue does not let go keeps the booking, if it is paid for."""
    if booking.reason is not Reason.GUEST_CANCELLED:
        return Doubt("the venue no longer lets us cancel")
    changes = {"cancel_asked": False, "ending": None, "reason": None, "past_cut_off": True}
    if booking.is_free or booking.payment_status is PaymentStatus.PAID:
        return Move(Point.CONFIRMED, "past the venue's cancellation cut-off", changes)
    if booking.payment_status is PaymentStatus.HELD:
        return Move(Point.BOOKED, "past the venue's cut-off before the card was charged", changes)
    return Doubt("the venue no longer lets us cancel, and nothing is paid")


def given_up_by_hand(
    _up: Upstreams, _booking: Booking, _now: dt.datetime, _found: str | None
) -> Move:
    return Move(Point.RETURNING, "place given up by hand", {"hold_id": None})


async def nothing_to_give_up(_up: Upstreams, _booking: Booking, _now: dt.datetime) -> Result:
    return Move(Point.RETURNING, "no place to give up")
