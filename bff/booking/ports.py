"""What a booking needs from the upstreams and from the ledger.

Upstream ports raise `clients.errors`: NotSent, Refused, OutcomeUnknown; a gateway turns the
refusals named here into their own types. `find_*` answers whether an earlier write that got lost
was done; `CannotAsk` says that this upstream offers no way to know.
"""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bff.booking.listing import Listing
from bff.booking.model import Booking, Guest, Status
from bff.catalogue.model import SlotKind


class CannotAsk(Exception):
    """The upstream has no call that would tell."""


class SlotGone(Exception):
    """The reservation system has no such place any more."""


class TooLateToCancel(Exception):
    """The venue's cancellation cut-off has passed."""


class RequestsOff(Exception):
    """The venue takes no requests."""


class InsufficientPoints(Exception):
    """`balance` is what the CRM has now, None when it does not say."""

    def __init__(self, balance: int | None) -> None:
        super().__init__("insufficient points")
        self.balance = balance


class MemberSessionOver(Exception):
    """The CRM does not take the member's session any more: the member must sign in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    id: str
    until: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    id: str
    confirmation_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strays:
    """Ids of what is live under our reference and not named by the booking."""

    reservations: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


class RequestState(StrEnum):
    WAITING = "WAITING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    GONE = "GONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLook:
    """`reservation` is set once the venue has approved."""

    state: RequestState
    reservation: Reservation | None = None


class Reservations(Protocol):
    """SevenRooms. Our reference on its books is the booking's id (`external_id`)."""

    async def hold(self, booking: Booking, seconds: int) -> Hold:
        """Errors: also SlotGone."""
        ...

    async def release(self, booking: Booking) -> None:
        """Give the held place back; a hold that is over or unknown counts as released."""
        ...

    async def request(self, booking: Booking) -> str:
        """Ask the venue; the request's id. Errors: also RequestsOff, SlotGone."""
        ...

    async def find_request(self, booking: Booking) -> str | None:
        """A live request with our reference. Errors: also CannotAsk."""
        ...

    async def look_at_request(self, booking: Booking) -> RequestLook: ...

    async def withdraw(self, booking: Booking) -> None:
        """Take the request back; one that is gone counts as withdrawn."""
        ...

    async def book(self, booking: Booking, *, hold_id: str | None) -> Reservation:
        """Errors: also SlotGone."""
        ...

    async def find_reservation(self, booking: Booking) -> Reservation | None:
        """A live reservation with our reference."""
        ...

    async def find_strays(self, booking: Booking) -> Strays:
        """Requests are left out where the upstream cannot be asked for them."""
        ...

    async def look(self, reservation_id: str) -> Status:
        """CONFIRMED, CANCELLED, COMPLETED, NO_SHOW or UNKNOWN."""
        ...

    async def cancel(self, booking: Booking) -> None:
        """One that is cancelled already counts as cancelled. Errors: also TooLateToCancel."""
        ...


class Points(Protocol):
    """Memberson's points. `receipt_no` is our reference, one for each redemption."""

    async def balance(self, booking: Booking) -> int | None: ...

    async def redeem(self, booking: Booking, receipt_no: str) -> str | None:
        """The redemption's id if the CRM says one.

        Errors: also InsufficientPoints, MemberSessionOver.
        """
        ...

    async def was_redeemed(self, booking: Booking, receipt_no: str) -> bool:
        """Errors: also CannotAsk."""
        ...

    async def standing(self, booking: Booking, receipt_no: str) -> int:
        """The points taken less those given back under this receipt. Errors: also CannotAsk."""
        ...

    async def give_back(self, booking: Booking, receipt_no: str) -> None:
        """All of it; points already given back stay so. Errors: also CannotAsk (no such call)."""
        ...

    async def was_given_back(self, booking: Booking, receipt_no: str) -> bool:
        """Errors: also CannotAsk."""
        ...


class CardState(StrEnum):
    """A PaymentIntent in our words."""

    OPEN = "OPEN"  # nothing paid: a method, a confirmation or 3-D Secure is missing
    DECLINED = "DECLINED"  # likewise, after a refused card; another may be tried
    PROCESSING = "PROCESSING"
    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    RETURNED = "RETURNED"  # cancelled, or refunded in full


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIntent:
    id: str
    customer_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLook:
    state: CardState
    decline_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What Stripe's mobile SDK needs to let the guest pay."""

    publishable_key: str
    client_secret: str = field(repr=False)
    customer_id: str
    ephemeral_key_secret: str = field(repr=False)


class Cards(Protocol):
    """Stripe. Every write carries an idempotency key made of booking and step."""

    async def open(self, booking: Booking) -> CardIntent:
        """The PaymentIntent of this booking, manual capture; asking twice gives the same."""
        ...

    async def sheet(self, booking: Booking, stripe_version: str | None) -> Sheet: ...

    async def look(self, booking: Booking) -> CardLook: ...

    async def capture(self, booking: Booking) -> None:
        """An intent that is captured already counts as captured."""
        ...

    async def give_back(self, booking: Booking) -> None:
        """Cancel what is not captured, refund what is; done already counts as done."""
        ...


class Superseded(Exception):
    """Somebody else wrote this row since we read it."""


class Ledger(Protocol):
    """What we have written down. Every write is durable when the call returns."""

    async def open(self, booking: Booking) -> Booking:
        """Write a new booking, or return the one that has this member's key already."""
        ...

    async def load(self, booking_id: str) -> Booking | None: ...

    async def find(self, member_id: str, idempotency_key: str) -> Booking | None: ...

    async def claim(
        self, booking_id: str, *, owner: str, now: dt.datetime, until: dt.datetime
    ) -> Booking | None:
        """Take the lease and settle this booking's events; None while it is taken, or unknown.

        A wish to cancel among them sets `cancel_asked`, unless the booking is final.
        """
        ...

    async def save(self, booking: Booking) -> Booking:
        """Write over the version we read; the row with its new version. Errors: Superseded."""
        ...

    async def due(self, now: dt.datetime, limit: int) -> Sequence[str]:
        """Bookings to look at, longest due first, and those with an unsettled event.

        Rows under a live lease are left out.
        """
        ...

    async def of_member(self, member_id: str) -> Listing:
        """All of a member's bookings, newest first."""
        ...

    async def record_event(self, event_id: str, booking_id: str, now: dt.datetime) -> bool:
        """Put an event into the inbox, unsettled; False when we had it already."""
        ...

    async def ask_to_cancel(self, booking_id: str, now: dt.datetime) -> None:
        """Keep the guest's wish as an unsettled event, whoever has the lease; it counts anew."""
        ...

    async def unfinished(self, limit: int) -> Listing:
        """Bookings neither confirmed nor ended, and all that are in doubt; oldest first."""
        ...

    async def newest(self, limit: int) -> Listing:
        """Any bookings, newest first. For operators: it may read the whole ledger."""
        ...


class Wakeups(Protocol):
    """Who gets told to look. Losing a wake-up, or getting it twice, costs nothing."""

    async def wake(self, booking_id: str, delay_seconds: float = 0) -> None: ...

    def listen(self) -> AsyncIterator[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignReservation:
    """A reservation on the guest's name at SevenRooms, whoever made it.

    `external_id` is our booking's id where we made it.
    """

    id: str
    external_id: str | None
    request_id: str | None
    confirmation_code: str | None
    venue_id: str
    starts_at: dt.datetime
    party_size: int
    status: Status
    kind: SlotKind
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class GuestReservations(Protocol):
    async def of_guest(self, guest: Guest) -> Sequence[ForeignReservation]:
        """Only reservations that are surely this guest's: same email, or phone and name."""
        ...

    async def one(self, reservation_id: str, guest: Guest) -> ForeignReservation | None: ...
