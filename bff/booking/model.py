"""One booking: what was agreed, how far it has come, and what the upstreams call its parts."""

import datetime as dt
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bff.catalogue.model import SlotKind
from bff.money import Money


class Method(StrEnum):
    POINTS = "POINTS"
    CARD = "CARD"


class Point(StrEnum):
    """How far a booking has come. The names of the saga's rows; see `bff.booking.saga`."""

    ACCEPTED = "ACCEPTED"  # written down; a place is to be held, or the venue asked
    HELD = "HELD"  # a place is held, or the venue has our request; payment is to be made
    AWAITING_PAYMENT = "AWAITING_PAYMENT"  # the guest has to pay on the device
    PAID = "PAID"  # points taken, or the card authorised, or nothing to pay
    BOOKED = "BOOKED"  # the reservation exists; an authorised card is to be captured
    CONFIRMED = "CONFIRMED"
    UNDOING = "UNDOING"  # the place is to be given up
    RETURNING = "RETURNING"  # the payment is to be given back
    ENDED = "ENDED"  # final; `ending` says how


class Ending(StrEnum):
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Status(StrEnum):
    """What the guest is told: the contract's BookingStatus."""

    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    PENDING = "PENDING"
    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    COMPLETED = "COMPLETED"
    NO_SHOW = "NO_SHOW"
    UNKNOWN = "UNKNOWN"


class PaymentStatus(StrEnum):
    NONE = "NONE"
    PENDING = "PENDING"
    HELD = "HELD"
    PAID = "PAID"
    RETURNED = "RETURNED"


class Reason(StrEnum):
    """Why a booking ended, or is being undone."""

    SLOT_GONE = "SLOT_GONE"
    INSUFFICIENT_POINTS = "INSUFFICIENT_POINTS"
    MEMBER_SESSION_OVER = "MEMBER_SESSION_OVER"
    PAYMENT_REFUSED = "PAYMENT_REFUSED"
    PAYMENT_NOT_MADE = "PAYMENT_NOT_MADE"  # the guest did not pay while the place was held
    VENUE_DECLINED = "VENUE_DECLINED"
    VENUE_SILENT = "VENUE_SILENT"
    GUEST_CANCELLED = "GUEST_CANCELLED"
    VENUE_CANCELLED = "VENUE_CANCELLED"
    UPSTREAM_GONE = "UPSTREAM_GONE"  # an upstream stayed away past the deadline
    REFUSED = "REFUSED"  # an upstream refused for a reason we do not know


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the signed slot id promised; never changes.

    `points` is the price in points when the slot was shown; None when points are not taken.
    """

    venue_id: str
    experience_id: str | None
    day: dt.date
    time_text: str
    starts_at: dt.datetime
    party_size: int
    kind: SlotKind
    shift_persistent_id: str | None
    access_persistent_id: str | None
    duration_minutes: int | None = None
    price: Money | None = None
    points: int | None = None
    cancellation_policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Personal data; encrypted in the ledger, masked for the operator."""

    customer_number: str
    member_number: str | None
    first_name: str
    last_name: str
    email: str
    phone_number: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a booking's story."""

    at: dt.datetime
    point: Point
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """The row that is its own job.

    `announced_at`: when the call of the present point was announced, before it was made; None when
    it was surely not made. A worker that finds it set asks the upstream before calling.
    `due_at`: when somebody should look again; None when only an outside event or nothing moves it.
    `deadline_at`: when going forward is given up. `attempts` counts tries at the present point,
    `refusals` those of them that its upstream refused.
    `in_doubt`: waits for an operator; nothing is done by itself. `cancel_asked`: the guest wants
    out, as soon as it is known what was done. `past_cut_off`: the venue has refused to cancel.
    `stray_looks`: looks still to be made for what a call that we believe undone may yet do.
    `round` counts how often one key was started anew.
    `version` is the condition of every write.
    """

    id: str
    member_id: str
    idempotency_key: str
    input_hash: str
    method: Method
    terms: Terms
    guest: Guest
    point: Point
    created_at: dt.datetime
    updated_at: dt.datetime
    deadline_at: dt.datetime
    due_at: dt.datetime | None
    version: int = 0
    attempts: int = 0
    refusals: int = 0
    announced_at: dt.datetime | None = None
    lease_owner: str | None = None
    lease_until: dt.datetime | None = None
    in_doubt: bool = False
    cancel_asked: bool = False
    past_cut_off: bool = False
    stray_looks: int = 0
    round: int = 1
    ending: Ending | None = None
    reason: Reason | None = None
    reason_detail: str | None = None
    # the reservation system's names
    hold_id: str | None = None
    hold_until: dt.datetime | None = None
    lost_hold_until: dt.datetime | None = None
    request_id: str | None = None
    reservation_id: str | None = None
    confirmation_code: str | None = None
    # the payment's names
    payment_status: PaymentStatus = PaymentStatus.NONE
    balance_before: int | None = None
    redemption_id: str | None = None
    customer_id: str | None = None
    intent_id: str | None = None
    intent_secret: str | None = field(default=None, repr=False)
    decline_code: str | None = None
    stripe_version: str | None = None
    # the trace of the request that opened it, for whoever goes on with it
    traceparent: str | None = None
    story: tuple[Entry, ...] = ()

    @property
    def is_free(self) -> bool:
        return self.terms.price is None or self.terms.price.amount == 0

    @property
    def is_on_request(self) -> bool:
        return self.terms.kind is SlotKind.ON_REQUEST

    @property
    def is_final(self) -> bool:
        return self.point is Point.ENDED

    @property
    def receipt_no(self) -> str:
        """Our reference for the redemption on the CRM's books."""
        return f"{self.id}-{self.round}"

    def told(self, at: dt.datetime, what: str) -> "Booking":
        """The booking with one more line in its story."""
        entry = Entry(at=at, point=self.point, what=what)
        return replace(self, updated_at=at, story=(*self.story, entry))
