"""From how far a booking has come to what its guest is answered."""

import logging

from bff.booking.model import Booking, Ending, PaymentStatus, Point, Reason, Terms
from bff.booking.outcomes import (
    Accepted,
    Away,
    Cancelled,
    CancelOutcome,
    CannotCancel,
    CardDeclined,
    CardNeeded,
    CardOutcome,
    NotEnoughPoints,
    PointsOutcome,
    SessionOver,
    SlotTaken,
)
from bff.booking.ports import Cards
from bff.booking.reading import view_of
from bff.catalogue.model import Slot
from bff.catalogue.ports import Catalogue
from bff.clock import Clock
from clients.errors import UpstreamError

log = logging.getLogger(__name__)

MAX_ALTERNATIVES = 5

_GONE = frozenset(
    {
        Reason.SLOT_GONE,
        Reason.PAYMENT_NOT_MADE,
        Reason.VENUE_DECLINED,
        Reason.VENUE_SILENT,
    }
)


class Answers:
    def __init__(self, catalogue: Catalogue, cards: Cards, clock: Clock) -> None:
        self._catalogue = catalogue
        self._cards = cards
        self._clock = clock

    async def points(self, booking: Booking) -> PointsOutcome:
        if booking.ending is not Ending.FAILED or not booking.is_final:
            return Accepted(booking=view_of(booking, self._clock.now()))
        if booking.reason is Reason.INSUFFICIENT_POINTS:
            required = booking.terms.points or 0
            return NotEnoughPoints(balance=booking.balance_before or 0, required=required)
        if booking.reason is Reason.MEMBER_SESSION_OVER:
            return SessionOver()
        return await self._failed(booking)

    async def card(self, booking: Booking) -> CardOutcome:  # noqa: PLR0911 - a line an answer
        if booking.point is Point.AWAITING_PAYMENT:
            return await self._to_pay(booking)
        if booking.point in {Point.ACCEPTED, Point.HELD} and not booking.is_free:
            # Nothing is paid, so nothing is promised: the same key goes on from here.
            return Away(upstream="stripe" if booking.point is Point.HELD else "sevenrooms")
        if _was_never_paid(booking):
            return SlotTaken(alternatives=await self.alternatives(booking.terms))
        if booking.ending is not Ending.FAILED or not booking.is_final:
            return Accepted(booking=view_of(booking, self._clock.now()))
        if booking.reason is Reason.PAYMENT_REFUSED:
            return CardDeclined(decline_code=booking.decline_code, retryable=False)
        return await self._failed(booking)

    def cancelled(self, booking: Booking) -> CancelOutcome:
        """Cancelled once no venue can say no any more; the wish is kept and worked on meanwhile."""
        if _is_cancelled(booking):
            return Cancelled(booking=view_of(booking, self._clock.now()))
        if booking.is_final:
            return CannotCancel(message="This booking has ended already.")
        if booking.in_doubt:
            return CannotCancel(
                message="Our concierge looks into this booking and knows your wish."
            )
        if booking.past_cut_off and not booking.cancel_asked:
            return CannotCancel(message="The venue's time for cancelling has passed.")
        return Away(upstream="sevenrooms")

    async def alternatives(self, terms: Terms) -> tuple[Slot, ...]:
        """Free times of the same experience and day, nearest first; none while nobody can say."""
        try:
            days = await self._catalogue.days(
                [terms.venue_id], terms.day, terms.party_size, fresh=True
            )
        except UpstreamError:
            return ()
        day = days.get(terms.venue_id)
        others = [] if day is None else [slot for slot in day.slots if _differs(slot, terms)]
        others.sort(key=lambda slot: abs((slot.starts_at - terms.starts_at).total_seconds()))
        return tuple(others[:MAX_ALTERNATIVES])

    async def _failed(self, booking: Booking) -> SlotTaken | Away:
        if booking.reason in _GONE:
            return SlotTaken(alternatives=await self.alternatives(booking.terms))
        upstream = booking.reason_detail or "sevenrooms"
        return Away(upstream=upstream, retryable=booking.reason is Reason.UPSTREAM_GONE)

    async def _to_pay(self, booking: Booking) -> CardDeclined | CardNeeded | Away:
        if booking.decline_code is not None:
            return CardDeclined(decline_code=booking.decline_code, retryable=True)
        try:
            sheet = await self._cards.sheet(booking, booking.stripe_version)
        except UpstreamError:
            return Away(upstream="stripe")
        return CardNeeded(booking=view_of(booking, self._clock.now()), sheet=sheet)


def _was_never_paid(booking: Booking) -> bool:
    """A card booking cancelled before its guest paid: there is nothing to pay for any more."""
    unpaid = booking.payment_status is PaymentStatus.NONE and not booking.is_free
    return booking.ending is Ending.CANCELLED and booking.is_final and unpaid


def _is_cancelled(booking: Booking) -> bool:
    if booking.ending is not Ending.CANCELLED:
        return False
    return booking.point is not Point.UNDOING or not (booking.reservation_id or booking.request_id)


def _differs(slot: Slot, terms: Terms) -> bool:
    same_experience = slot.experience_id == terms.experience_id
    return same_experience and slot.starts_at != terms.starts_at
