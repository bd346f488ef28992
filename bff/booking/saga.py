"""The saga as a table: at which point, which call, where it leads.

Each row is one upstream call at most. `ask` finds out what became of a call whose outcome is not
known; a row without it may simply be called again, since its upstream takes the repetition for the
same call. `calls` is None where there is nothing to call. `by_hand` is what a person can say where
neither could tell.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bff.booking.model import Booking, Method, PaymentStatus, Point
from bff.booking.steps import later, payment, place
from bff.booking.steps.move import Ask, ByHand, Do


def _instant(booking: Booking) -> bool:
    return not booking.is_on_request


def _on_request(booking: Booking) -> bool:
    return booking.is_on_request


def _by_points(booking: Booking) -> bool:
    return booking.method is Method.POINTS and not booking.is_free


def _by_card(booking: Booking) -> bool:
    return booking.method is Method.CARD and not booking.is_free


def _has_place(booking: Booking) -> bool:
    return bool(booking.reservation_id or booking.request_id or booking.hold_id)


def _has_card_payment(booking: Booking) -> bool:
    return booking.intent_id is not None


def _has_taken_points(booking: Booking) -> bool:
    return _by_points(booking) and booking.payment_status is PaymentStatus.PAID


def _may_have_strays(booking: Booking) -> bool:
    return booking.stray_looks > 0


def _always(_booking: Booking) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`writes`: the call changes the upstream, so it is announced in the ledger before.

    `rests`: somebody else moves first (the guest pays, the venue answers), so a booking that
    arrives here is left alone until its time comes.
    """

    at: Point
    when: Callable[[Booking], bool]
    calls: str | None
    do: Do
    to: Point
    ask: Ask | None = None
    by_hand: ByHand | None = None
    writes: bool = True
    rests: bool = False

    @property
    def upstream(self) -> str | None:
        """Whom it calls, in our word; None where there is nothing to call."""
        return None if self.calls is None else self.calls.partition(".")[0]


SAGA = (
    Row(
        at=Point.ACCEPTED,
        when=_instant,
        calls="reservations.hold",
        do=place.hold,
        ask=place.after_lost_hold,
        to=Point.HELD,
    ),
    Row(
        at=Point.ACCEPTED,
        when=_on_request,
        calls="reservations.request",
        do=place.request,
        ask=place.after_lost_request,
        by_hand=ByHand(
            question="Has the venue a request with our reference? Then its id is needed.",
            done=place.requested_by_hand,
            needs_id=True,
        ),
        to=Point.HELD,
    ),
    Row(
        at=Point.HELD,
        when=_by_points,
        calls="points.redeem",
        do=payment.redeem,
        ask=payment.after_lost_redeem,
        by_hand=ByHand(
            question="Were the points taken under this receipt?", done=payment.redeemed_by_hand
        ),
        to=Point.PAID,
    ),
    Row(
        at=Point.HELD,
        when=_by_card,
        calls="cards.open",
        do=payment.open_card_payment,
        to=Point.AWAITING_PAYMENT,
    ),
    Row(
        at=Point.HELD,
        when=_always,
        calls=None,
        do=payment.nothing_to_pay,
        to=Point.PAID,
        writes=False,
    ),
    Row(
        at=Point.AWAITING_PAYMENT,
        when=_always,
        calls="cards.look",
        do=payment.look_at_card,
        to=Point.PAID,
        writes=False,
        rests=True,
    ),
    Row(
        at=Point.PAID,
        when=_instant,
        calls="reservations.book",
        do=place.book,
        ask=place.after_lost_book,
        to=Point.BOOKED,
    ),
    Row(
        at=Point.PAID,
        when=_on_request,
        calls="reservations.look_at_request",
        do=place.look_at_request,
        to=Point.BOOKED,
        writes=False,
        rests=True,
    ),
    Row(
        at=Point.BOOKED,
        when=_by_card,
        calls="cards.capture",
        do=payment.capture,
        to=Point.CONFIRMED,
    ),
    Row(
        at=Point.BOOKED,
        when=_always,
        calls=None,
        do=payment.nothing_to_capture,
        to=Point.CONFIRMED,
        writes=False,
    ),
    Row(
        at=Point.UNDOING,
        when=_has_place,
        calls="reservations.give_up",
        do=place.give_up,
        by_hand=ByHand(
            question="Is the place given up, or settled with the venue?",
            done=place.given_up_by_hand,
        ),
        to=Point.RETURNING,
    ),
    Row(
        at=Point.UNDOING,
        when=_always,
        calls=None,
        do=place.nothing_to_give_up,
        to=Point.RETURNING,
        writes=False,
    ),
    Row(
        at=Point.RETURNING,
        when=_has_taken_points,
        calls="points.give_back",
        do=payment.give_points_back,
        ask=payment.after_lost_give_back,
        by_hand=ByHand(
            question="Are the points of this receipt back?", done=payment.given_back_by_hand
        ),
        to=Point.ENDED,
    ),
    Row(
        at=Point.RETURNING,
        when=_has_card_payment,
        calls="cards.give_back",
        do=payment.give_card_payment_back,
        by_hand=ByHand(
            question="Is the card payment released or refunded?", done=payment.given_back_by_hand
        ),
        to=Point.ENDED,
    ),
    Row(
        at=Point.RETURNING,
        when=_always,
        calls=None,
        do=payment.nothing_to_give_back,
        to=Point.ENDED,
        writes=False,
    ),
    Row(
        at=Point.CONFIRMED,
        when=_always,
        calls="reservations.look",
        do=later.look_at_confirmed,
        by_hand=ByHand(
            question="Are one reservation and one payment left?", done=later.settled_by_hand
        ),
        to=Point.CONFIRMED,
        writes=False,
        rests=True,
    ),
    Row(
        at=Point.ENDED,
        when=_may_have_strays,
        calls="reservations.find_strays",
        do=later.look_at_ended,
        by_hand=ByHand(
            question="Are no reservation and no payment left?", done=later.settled_by_hand
        ),
        to=Point.ENDED,
        writes=False,
        rests=True,
    ),
)


def row_for(booking: Booking) -> Row | None:
    """The way on from here; None where a booking rests for good."""
    return next((row for row in SAGA if row.at is booking.point and row.when(booking)), None)
