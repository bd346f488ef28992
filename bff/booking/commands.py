"""What a guest can ask of bookings."""

from collections.abc import AsyncIterator
from typing import Protocol

from bff.booking.outcomes import CancelOutcome, CardOutcome, PointsOutcome
from bff.booking.view import BookingView, History
from bff.members.model import MemberSession


class BookingCommands(Protocol):
    """`member` is the signed-in member; every command is about their own bookings only."""

    async def book_with_points(
        self, member: MemberSession, *, key: str, slot_id: str, notes: str | None
    ) -> PointsOutcome: ...

    async def book_with_card(
        self,
        member: MemberSession,
        *,
        key: str,
        slot_id: str,
        notes: str | None,
        stripe_version: str | None,
    ) -> CardOutcome: ...

    async def confirm_card_booking(self, member: MemberSession, booking_id: str) -> CardOutcome: ...

    async def cancel(self, member: MemberSession, booking_id: str) -> CancelOutcome: ...


class BookingHistory(Protocol):
    async def of_member(self, member: MemberSession) -> History: ...

    async def one(self, member: MemberSession, booking_id: str) -> BookingView | None:
        """None for an unknown id and for somebody else's booking alike."""
        ...

    def changes(self, member: MemberSession, booking_id: str) -> AsyncIterator[BookingView]:
        """The booking now, then each change of its status, until it is final."""
        ...
