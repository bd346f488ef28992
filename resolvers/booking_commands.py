"""The mutations that book and cancel."""

from typing import Annotated, cast

import strawberry

from bff.booking.outcomes import (
    Accepted,
    BadInput,
    Cancelled,
    CannotCancel,
    CardNeeded,
    CardOutcome,
)
from bff.booking.ports import Sheet
from resolvers.bookings import Booking
from resolvers.context import Context, Info
from resolvers.fields import resolved
from resolvers.ids import raw_id
from resolvers.inputs import (
    bad_key,
    bad_notes,
    bad_slot_id,
    bad_stripe_version,
    clean_notes,
    first_bad,
)
from resolvers.kinds import Kind
from resolvers.problems import (
    IdempotencyConflict,
    InsufficientPoints,
    InvalidInput,
    MemberSessionExpired,
    NotCancellable,
    PaymentDeclined,
    SlotUnavailable,
    UpstreamUnavailable,
    refused,
)

_KEY = (
    "Made by the app once per intended booking and kept over retries and restarts; 16 to 64 "
    "characters of `A-Z a-z 0-9 _ - . :`. The same key never books twice."
)
_SLOT = "A Slot's id, as availability showed it in the last 15 minutes."
_NOTES = "For the venue, such as allergies: 500 characters at most; line breaks are kept."


@strawberry.input(description="A booking to be paid with points.")
class BookWithPointsInput:
    idempotency_key: str = strawberry.field(description=_KEY)
    slot_id: strawberry.ID = strawberry.field(description=_SLOT)
    guest_notes: str | None = strawberry.field(default=strawberry.UNSET, description=_NOTES)


@strawberry.input(description="A booking to be paid by card.")
class BookWithCardInput:
    idempotency_key: str = strawberry.field(description=_KEY)
    slot_id: strawberry.ID = strawberry.field(description=_SLOT)
    guest_notes: str | None = strawberry.field(default=strawberry.UNSET, description=_NOTES)
    stripe_version: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The Stripe API version of the app's mobile SDK, for the ephemeral key.",
    )


@strawberry.input(description="A card booking whose payment sheet has closed.")
class ConfirmCardBookingInput:
    booking_id: strawberry.ID = strawberry.field(description="The Booking's id.")


@strawberry.input(description="A booking to be taken back.")
class CancelBookingInput:
    booking_id: strawberry.ID = strawberry.field(description="The Booking's id.")


@strawberry.type(
    description=(
        "CONFIRMED, REQUESTED or PENDING: the booking is ours to finish, whatever happens next. A "
        "call that is repeated later shows what has become of it since, cancelled included."
    )
)
class BookingAccepted:
    booking: Booking = strawberry.field(description="The booking as it is now.")


@strawberry.type(description="What Stripe's mobile SDK needs to show its payment sheet.")
class PaymentSheet:
    publishable_key: str = strawberry.field(description="Stripe's key for apps.")
    payment_intent_client_secret: str = strawberry.field(
        description="Lets this device pay this booking. Do not keep or log it."
    )
    customer_id: str = strawberry.field(description="The member at Stripe.")
    ephemeral_key_secret: str = strawberry.field(
        description="Lets the SDK open the sheet for this customer. Do not keep or log it."
    )

    @classmethod
    def of(cls, sheet: Sheet) -> "PaymentSheet":
        return cls(
            publishable_key=sheet.publishable_key,
            payment_intent_client_secret=sheet.client_secret,
            customer_id=sheet.customer_id,
            ephemeral_key_secret=sheet.ephemeral_key_secret,
        )


@strawberry.type(
    description=(
        "The guest has to pay on the device; hand `paymentSheet` to Stripe's mobile SDK, then "
        "send `confirmCardBooking`."
    )
)
class CardActionRequired:
    booking: Booking = strawberry.field(description="The booking, AWAITING_PAYMENT.")
    payment_sheet: PaymentSheet = strawberry.field(description="For Stripe's mobile SDK.")


@strawberry.type(description="The booking is taken back, or surely will be.")
class BookingCancelled:
    booking: Booking = strawberry.field(description="The booking as it is now.")


BookWithPointsResult = Annotated[
    BookingAccepted
    | SlotUnavailable
    | InsufficientPoints
    | MemberSessionExpired
    | IdempotencyConflict
    | InvalidInput
    | UpstreamUnavailable,
    strawberry.union("BookWithPointsResult", description="What booking with points came to."),
]

BookWithCardResult = Annotated[
    BookingAccepted
    | CardActionRequired
    | PaymentDeclined
    | SlotUnavailable
    | IdempotencyConflict
    | InvalidInput
    | UpstreamUnavailable,
    strawberry.union("BookWithCardResult", description="What booking by card came to."),
]

CancelBookingResult = Annotated[
    BookingCancelled | NotCancellable | UpstreamUnavailable,
    strawberry.union("CancelBookingResult", description="What cancelling came to."),
]

PointsInput = Annotated[
    BookWithPointsInput, strawberry.argument(description="What to book, and the key.")
]
CardInput = Annotated[
    BookWithCardInput, strawberry.argument(description="What to book, and the key.")
]
ConfirmInput = Annotated[
    ConfirmCardBookingInput, strawberry.argument(description="Which booking was paid.")
]
CancelInput = Annotated[
    CancelBookingInput, strawberry.argument(description="Which booking to take back.")
]


@strawberry.type
class BookingMutation:
    @resolved(
        "Books a slot and pays it with the member's points. UNAUTHENTICATED without a valid "
        "token. Safe to send again with the same key, also after a lost answer.",
        cost=50,
        kind=Kind.BOOKS,
    )
    async def book_with_points(
        self,
        info: Info,
        input: PointsInput,  # noqa: A002 - the contract's name
    ) -> BookWithPointsResult:
        context = info.context
        member = await context.member()
        notes = clean_notes(input.guest_notes)
        bad = first_bad(
            bad_key(input.idempotency_key), bad_slot_id(input.slot_id), bad_notes(notes)
        )
        outcome = bad or await context.services.bookings.book_with_points(
            member.session,
            key=input.idempotency_key,
            slot_id=input.slot_id,
            notes=notes,
        )
        if isinstance(outcome, Accepted):
            return BookingAccepted(booking=Booking.of(outcome.booking))
        return cast("BookWithPointsResult", await refused(outcome, context))

    @resolved(
        "Holds a slot and opens its card payment; nothing is captured before the place is "
        "booked. UNAUTHENTICATED without a valid token. Safe to send again with the same key: "
        "after a declined card that is retryable, the same key tries another card.",
        cost=50,
        kind=Kind.BOOKS,
    )
    async def book_with_card(
        self,
        info: Info,
        input: CardInput,  # noqa: A002 - the contract's name
    ) -> BookWithCardResult:
        context = info.context
        member = await context.member()
        notes = clean_notes(input.guest_notes)
        bad = first_bad(
            bad_key(input.idempotency_key),
            bad_slot_id(input.slot_id),
            bad_notes(notes),
            bad_stripe_version(input.stripe_version),
        )
        outcome = bad or await context.services.bookings.book_with_card(
            member.session,
            key=input.idempotency_key,
            slot_id=input.slot_id,
            notes=notes,
            stripe_version=input.stripe_version or None,
        )
        return await _card_result(outcome, context)

    @resolved(
        "After the payment sheet has closed: looks at the PaymentIntent and moves the booking "
        "on. Needs no key; sending it twice does nothing twice. UNAUTHENTICATED without a "
        "valid token.",
        cost=50,
        kind=Kind.BOOKS,
    )
    async def confirm_card_booking(
        self,
        info: Info,
        input: ConfirmInput,  # noqa: A002 - the contract's name
    ) -> BookWithCardResult:
        context = info.context
        member = await context.member()
        booking_id = raw_id(input.booking_id, "Booking")
        if booking_id is None:
            bad = BadInput(field="bookingId", message="There is no such card booking.")
            return await _card_result(bad, context)
        bookings = context.services.bookings
        outcome = await bookings.confirm_card_booking(member.session, booking_id)
        return await _card_result(outcome, context)

    @resolved(
        "Takes a booking back and returns its payment, as the venue's policy allows. Sending "
        "it twice does nothing twice. UNAUTHENTICATED without a valid token.",
        cost=50,
        kind=Kind.BOOKS,
    )
    async def cancel_booking(
        self,
        info: Info,
        input: CancelInput,  # noqa: A002 - the contract's name
    ) -> CancelBookingResult:
        context = info.context
        member = await context.member()
        booking_id = raw_id(input.booking_id, "Booking")
        if booking_id is None:
            unknown = CannotCancel(message="There is no such booking.")
            return cast("CancelBookingResult", await refused(unknown, context))
        outcome = await context.services.bookings.cancel(member.session, booking_id)
        if isinstance(outcome, Cancelled):
            return BookingCancelled(booking=Booking.of(outcome.booking))
        return cast("CancelBookingResult", await refused(outcome, context))


async def _card_result(outcome: CardOutcome, context: Context) -> BookWithCardResult:
    if isinstance(outcome, Accepted):
        return BookingAccepted(booking=Booking.of(outcome.booking))
    if isinstance(outcome, CardNeeded):
        sheet = PaymentSheet.of(outcome.sheet)
        return CardActionRequired(booking=Booking.of(outcome.booking), payment_sheet=sheet)
    return cast("BookWithCardResult", await refused(outcome, context))
