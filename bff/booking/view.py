"""A booking as its guest sees it, whether we made it or SevenRooms knows it from elsewhere."""

import datetime as dt
from dataclasses import dataclass

from bff.booking.model import PaymentStatus, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """`points` for a payment by points; otherwise `amount` minor units of `currency`."""

    status: PaymentStatus
    points: int | None = None
    amount: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingView:
    """`id` is opaque; reservations that we did not make carry SevenRooms' id after `sr~`."""

    id: str
    status: Status
    status_reason: str | None
    experience_id: str | None
    venue_id: str
    starts_at: dt.datetime
    party_size: int
    confirmation_code: str | None
    payment: PaymentView | None
    is_cancellable: bool
    created_at: dt.datetime
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A member's bookings, latest start first.

    `is_partial`: bookings may be missing. SevenRooms could not be asked for those that we did not
    make, or a row of ours cannot be opened.
    """

    bookings: tuple[BookingView, ...]
    is_partial: bool
