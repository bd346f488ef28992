"""From a booking's row to what its guest sees; pure."""

import datetime as dt
from dataclasses import replace

from bff.booking.model import (
    Booking,
    Ending,
    Method,
    Point,
    Reason,
    Status,
)
from bff.booking.ports import ForeignReservation
from bff.booking.view import BookingView, PaymentView

_ENDED = {Ending.FAILED: Status.FAILED, Ending.CANCELLED: Status.CANCELLED}
_CANCELLABLE = frozenset({Status.CONFIRMED, Status.REQUESTED, Status.AWAITING_PAYMENT})

_REASONS = {
    Reason.SLOT_GONE: "This time is no longer free.",
    Reason.INSUFFICIENT_POINTS: "There were not enough points.",
    Reason.MEMBER_SESSION_OVER: "Your club session had ended; please sign in again.",
    Reason.PAYMENT_REFUSED: "The payment was refused.",
    Reason.PAYMENT_NOT_MADE: "It was not paid while we held the place.",
    Reason.VENUE_DECLINED: "The venue could not take this request.",
    Reason.VENUE_SILENT: "The venue did not answer in time.",
    Reason.GUEST_CANCELLED: "Cancelled at your wish.",
    Reason.VENUE_CANCELLED: "The venue cancelled this booking.",
    Reason.UPSTREAM_GONE: "We could not reach the venue in time.",
    Reason.REFUSED: "The booking was not accepted.",
}


def status_of(booking: Booking) -> Status:
    """What the guest is told of a booking at this point."""
    match booking.point:
        case Point.AWAITING_PAYMENT:
            return Status.AWAITING_PAYMENT
        case Point.PAID if booking.is_on_request:
            return Status.REQUESTED
        case Point.CONFIRMED:
            return Status.CONFIRMED
        case Point.ENDED:
            return _ENDED[booking.ending or Ending.FAILED]
        case _:
            return Status.PENDING


def view_of(booking: Booking, now: dt.datetime) -> BookingView:
    status = status_of(booking)
    terms = booking.terms
    return BookingView(
        id=booking.id,
        status=status,
        status_reason=_reason(booking, status),
        experience_id=terms.experience_id,
        venue_id=terms.venue_id,
        starts_at=terms.starts_at,
        party_size=terms.party_size,
        confirmation_code=booking.confirmation_code,
        payment=_payment(booking),
        is_cancellable=status in _CANCELLABLE and _may_be_cancelled(booking, now),
        created_at=booking.created_at,
        updated_at=booking.updated_at,
    )


def _may_be_cancelled(booking: Booking, now: dt.datetime) -> bool:
    refused = booking.in_doubt or booking.past_cut_off
    return not refused and now < booking.terms.starts_at


def later_view(view: BookingView, status: Status) -> BookingView:
    """Our booking as the venue knows it by now."""
    reason = _REASONS[Reason.VENUE_CANCELLED] if status is Status.CANCELLED else None
    return replace(view, status=status, status_reason=reason, is_cancellable=False)


def foreign_view(reservation: ForeignReservation, now: dt.datetime) -> BookingView:
    """A reservation that we did not make: shown, but not ours to cancel or pay back."""
    return BookingView(
        id=f"sr~{reservation.id}",
        status=reservation.status,
        status_reason=None,
        experience_id=None,
        venue_id=reservation.venue_id,
        starts_at=reservation.starts_at,
        party_size=reservation.party_size,
        confirmation_code=reservation.confirmation_code,
        payment=None,
        is_cancellable=False,
        created_at=reservation.created_at or now,
        updated_at=reservation.updated_at or reservation.created_at or now,
    )


def _reason(booking: Booking, status: Status) -> str | None:
    if booking.in_doubt:
        return "Our concierge is looking into this booking."
    if booking.reason is not None and booking.point is not Point.CONFIRMED:
        undone = booking.point is Point.ENDED
        return _REASONS[booking.reason] if undone else f"{_REASONS[booking.reason]} {_RETURNING}"
    if status is Status.PENDING:
        return "We are finishing your booking; you need not do anything."
    if status is Status.AWAITING_PAYMENT and booking.decline_code is not None:
        return "The card was declined; another one may be tried."
    return "The venue has to say yes." if status is Status.REQUESTED else None


_RETURNING = "We are giving everything back."


def _payment(booking: Booking) -> PaymentView | None:
    """None where nothing is to be paid ahead."""
    price = booking.terms.price
    if price is None or booking.is_free:
        return None
    if booking.method is Method.POINTS:
        return PaymentView(status=booking.payment_status, points=booking.terms.points or 0)
    return PaymentView(status=booking.payment_status, amount=price.amount, currency=price.currency)
