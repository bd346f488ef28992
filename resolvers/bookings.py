"""Bookings, as their guest sees them."""

import datetime as dt
from enum import Enum
from typing import Annotated

import strawberry

from bff.booking.view import BookingView, PaymentView
from resolvers.cache_hints import PRIVATE, cached
from resolvers.catalogue import find_experience
from resolvers.connections import PageInfo
from resolvers.context import Info
from resolvers.experiences import Experience, Venue
from resolvers.fields import resolved
from resolvers.ids import global_id
from resolvers.nodes import Node


@strawberry.enum(description="How far a booking has come.")
class BookingStatus(Enum):
    AWAITING_PAYMENT = strawberry.enum_value(
        "AWAITING_PAYMENT",
        description="A place is held for a few minutes while the guest pays on the device.",
    )
    PENDING = strawberry.enum_value(
        "PENDING",
        description="Accepted; an upstream is out of reach and we go on trying. Nothing to do.",
    )
    REQUESTED = strawberry.enum_value("REQUESTED", description="The venue has to say yes.")
    CONFIRMED = strawberry.enum_value(
        "CONFIRMED", description="Booked, and paid if it has a price."
    )
    CANCELLED = strawberry.enum_value(
        "CANCELLED", description="Final: taken back, by the guest or by the venue."
    )
    FAILED = strawberry.enum_value(
        "FAILED", description="Final: it came to nothing, and every payment was given back."
    )
    COMPLETED = strawberry.enum_value("COMPLETED", description="Final: the guest was there.")
    NO_SHOW = strawberry.enum_value("NO_SHOW", description="Final: the guest did not come.")
    UNKNOWN = strawberry.enum_value(
        "UNKNOWN", description="The venue uses a status that we do not know; ask the venue."
    )


@strawberry.enum(description="Where the guest's money or points are.")
class PaymentStatus(Enum):
    NONE = strawberry.enum_value("NONE", description="Nothing was taken.")
    PENDING = strawberry.enum_value("PENDING", description="Being paid; the outcome is open.")
    HELD = strawberry.enum_value(
        "HELD", description="Authorised on the card, not captured: the guest sees it as reserved."
    )
    PAID = strawberry.enum_value("PAID", description="Taken.")
    RETURNED = strawberry.enum_value(
        "RETURNED", description="Released, refunded, or the points given back."
    )


@cached(PRIVATE)
@strawberry.type(description="Paid with COMO points.")
class PointsPayment:
    points: int = strawberry.field(description="Whole points, for the whole party.")
    status: PaymentStatus = strawberry.field(description="Where the points are.")


@cached(PRIVATE)
@strawberry.type(description="Paid by card.")
class CardPayment:
    amount: int = strawberry.field(description="Minor units of `currency`, for the whole party.")
    currency: str = strawberry.field(description="ISO 4217 code, such as `SGD`.")
    status: PaymentStatus = strawberry.field(description="Where the money is.")


Payment = Annotated[
    PointsPayment | CardPayment,
    strawberry.union("Payment", description="How a booking is paid."),
]


def _payment(view: PaymentView | None) -> PointsPayment | CardPayment | None:
    if view is None:
        return None
    status = PaymentStatus[view.status.name]
    if view.points is not None:
        return PointsPayment(points=view.points, status=status)
    if view.amount is not None and view.currency is not None:
        return CardPayment(amount=view.amount, currency=view.currency, status=status)
    return None


@cached(PRIVATE)
@strawberry.type(
    description=(
        "One booking of the signed-in member, made here or elsewhere. Nobody else can see it."
    )
)
class Booking(Node):
    _view: strawberry.Private[BookingView]

    status: BookingStatus = strawberry.field(description="How far it has come.")
    status_reason: str | None = strawberry.field(
        description="Why it failed or waits, in words for the guest; null when there is no need."
    )
    starts_at: dt.datetime = strawberry.field(
        description="When it begins, with the venue's offset on that day."
    )
    party_size: int = strawberry.field(description="How many guests.")
    confirmation_code: str | None = strawberry.field(
        description="What the guest may be asked for at the door; null until the venue gave one."
    )
    payment: Payment | None = strawberry.field(
        description="Null when there was nothing to pay, or when it was not booked here."
    )
    is_cancellable: bool = strawberry.field(
        description="Whether `cancelBooking` may be offered; the venue's cut-off counts."
    )
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    updated_at: dt.datetime = strawberry.field(description="When it last changed.")

    @resolved("What was booked; null when it is no longer offered.")
    async def experience(self, info: Info) -> Experience | None:
        return find_experience(await info.context.loaders.shelf(), self._view.experience_id)

    @resolved("Where; null when the venue has left the programme.")
    async def venue(self, info: Info) -> Venue | None:
        shelf = await info.context.loaders.shelf()
        venue = shelf.venues.get(self._view.venue_id)
        return Venue.of(venue) if venue is not None else None

    @classmethod
    def of(cls, view: BookingView) -> "Booking":
        return cls(
            _view=view,
            id=global_id("Booking", view.id),
            status=BookingStatus[view.status.name],
            status_reason=view.status_reason,
            starts_at=view.starts_at,
            party_size=view.party_size,
            confirmation_code=view.confirmation_code,
            payment=_payment(view.payment),
            is_cancellable=view.is_cancellable,
            created_at=view.created_at,
            updated_at=view.updated_at,
        )


@cached(PRIVATE)
@strawberry.type(description="One booking within a list.")
class BookingEdge:
    node: Booking = strawberry.field(description="The booking.")
    cursor: str = strawberry.field(description="Its place in the list, to give as `after`.")


@cached(PRIVATE)
@strawberry.type(description="A page of the member's bookings, latest start first.")
class BookingConnection:
    edges: list[BookingEdge] = strawberry.field(
        description="The page's rows, in order.", metadata={"size": 1}
    )
    page_info: PageInfo = strawberry.field(description="Whether there is more, and where.")
    is_partial: bool = strawberry.field(
        description=(
            "True when bookings may be missing. Usually the reservation system could not be asked: "
            "those that were not made here are missing, and statuses are as we last knew them. "
            "Ask again later."
        )
    )
