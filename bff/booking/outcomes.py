"""What a guest's command can come to. Expected refusals are answers, not exceptions."""

from dataclasses import dataclass

from bff.booking.ports import Sheet
from bff.booking.view import BookingView
from bff.catalogue.model import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """CONFIRMED, REQUESTED or PENDING: ours to finish."""

    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNeeded:
    booking: BookingView
    sheet: Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTaken:
    """`alternatives` are free slots of the same experience and day, nearest first."""

    alternatives: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnoughPoints:
    balance: int
    required: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOver:
    """The CRM session has ended: the member signs in again, then the same key may be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReused:
    """The idempotency key belongs to another input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDeclined:
    """`retryable`: the place is still held and another card may be tried."""

    decline_code: str | None
    retryable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BadInput:
    """`field` is the input field's name in the schema; `message` is for the app's developer."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """An upstream is out of reach and nothing could be promised. `retryable` with the same key."""

    upstream: str
    retryable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotCancel:
    """`message` says why, in words for the guest."""

    message: str


PointsOutcome = Accepted | SlotTaken | NotEnoughPoints | SessionOver | KeyReused | BadInput | Away
CardOutcome = Accepted | CardNeeded | CardDeclined | SlotTaken | KeyReused | BadInput | Away
CancelOutcome = Cancelled | CannotCancel | Away
