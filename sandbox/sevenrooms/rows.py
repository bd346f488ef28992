"""What the stand-in keeps: holds, reservations and requests."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from sandbox.seed.model import AccessRule, Shift, Venue


class SlotKey(NamedTuple):
    """Where covers are counted: one seating of one shift on one business day."""

    shift_id: str
    day: date
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One rule's seating. `starts_at` is the true instant, in UTC."""

    venue: Venue
    shift: Shift
    rule: AccessRule
    day: date
    minute: int
    starts_at: datetime

    @property
    def key(self) -> SlotKey:
        return SlotKey(self.shift.id, self.day, self.minute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """`client_id` is the same for the same name and phone."""

    client_id: str
    first_name: str
    last_name: str
    phone: str | None
    email: str | None
    loyalty_id: str | None


HoldStatus = Literal["LIVE", "RELEASED", "BOOKED", "EXPIRED"]


@dataclass(slots=True, kw_only=True)
class Hold:
    id: str
    slot: Slot
    party_size: int
    created: datetime
    until: datetime
    status: HoldStatus = "LIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """As the book call said it, in cents; None where it said nothing."""

    subtotal: int | None
    tax: int | None
    gratuity: int | None
    service_charge: int | None
    instrument: str | None


@dataclass(slots=True, kw_only=True)
class Reservation:
    """`slot` is None when it was booked past availability, or approved for a time of no shift."""

    id: str
    reference_code: str
    venue: Venue
    slot: Slot | None
    day: date
    minute: int
    starts_at: datetime
    party_size: int
    guest: Guest
    created: datetime
    updated: datetime
    external_id: str | None = None
    external_user_id: str | None = None
    request_id: str | None = None
    hold_id: str | None = None
    notes: str | None = None
    payment: Payment | None = None
    status_code: str = "RESERVED"
    cancelled_at: datetime | None = None


RequestStatus = Literal["UNAPPROVED", "APPROVED", "DECLINED", "EXPIRED", "CANCELED"]


@dataclass(slots=True, kw_only=True)
class Request:
    """Only UNAPPROVED is CONFIRMED-V; the other statuses are PROPOSED."""

    id: str
    venue: Venue
    day: date
    start_minute: int
    end_minute: int
    wish_minute: int | None
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    party_size: int
    guest: Guest
    created: datetime
    updated: datetime
    external_user_id: str | None = None
    notes: str | None = None
    reservation_id: str | None = None
    deleted: datetime | None = None
    decided: RequestStatus = field(default="UNAPPROVED")

    def status(self, now: datetime) -> RequestStatus:
        if self.decided == "UNAPPROVED" and now >= self.expires_at:
            return "EXPIRED"
        return self.decided
