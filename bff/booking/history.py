"""A member's bookings: ours, and those that only SevenRooms knows, each once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from bff.booking.changes import Changes
from bff.booking.model import Booking, Guest, Point, Status
from bff.booking.ports import ForeignReservation, GuestReservations, Ledger
from bff.booking.reading import foreign_view, status_of, view_of
from bff.booking.view import BookingView, History
from bff.clock import Clock
from bff.members.model import MemberSession
from clients.errors import UpstreamError

FOREIGN = "sr~"
# Another process may have written the row: look again at least this often.
LOOK_AGAIN_SECONDS = 1.0
_FINAL = frozenset({Status.CANCELLED, Status.FAILED, Status.COMPLETED, Status.NO_SHOW})
# What SevenRooms knows better than we do once a booking of ours is confirmed.
_LATER = frozenset({Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW})


def guest_of(member: MemberSession, notes: str | None = None) -> Guest:
    profile = member.profile
    return Guest(
        customer_number=profile.customer_number,
        member_number=member.member_number,
        first_name=profile.first_name,
        last_name=profile.last_name,
        email=profile.email,
        phone_number=profile.phone_number,
        notes=notes,
    )


class MemberHistory:
    """Implements BookingHistory."""

    def __init__(
        self, ledger: Ledger, reservations: GuestReservations, clock: Clock, changes: Changes
    ) -> None:
        self._ledger = ledger
        self._reservations = reservations
        self._clock = clock
        self._changes = changes

    async def of_member(self, member: MemberSession) -> History:
        ours, theirs = await asyncio.gather(
            self._ledger.of_member(member.sub), self._foreign(guest_of(member))
        )
        views = self._merged(ours, theirs or ())
        views.sort(key=lambda view: (view.starts_at, view.id), reverse=True)
        return History(bookings=tuple(views), is_partial=theirs is None)

    async def one(self, member: MemberSession, booking_id: str) -> BookingView | None:
        """Errors: `UpstreamError` for a reservation that only SevenRooms knows."""
        now = self._clock.now()
        if booking_id.startswith(FOREIGN):
            found = await self._reservations.one(booking_id.removeprefix(FOREIGN), guest_of(member))
            return None if found is None else foreign_view(found, now)
        booking = await self._ledger.load(booking_id)
        if booking is None or booking.member_id != member.sub:
            return None
        return view_of(booking, now)

    async def changes(self, member: MemberSession, booking_id: str) -> AsyncIterator[BookingView]:
        seen: Status | None = None
        while True:
            view = await self.one(member, booking_id)
            if view is None:
                return
            if view.status is not seen:
                seen = view.status
                yield view
            if view.status in _FINAL:
                return
            await self._changes.wait(booking_id, LOOK_AGAIN_SECONDS)

    async def _foreign(self, guest: Guest) -> Sequence[ForeignReservation] | None:
        try:
            return await self._reservations.of_guest(guest)
        except UpstreamError:
            return None

    def _merged(
        self, ours: Sequence[Booking], theirs: Sequence[ForeignReservation]
    ) -> list[BookingView]:
        now = self._clock.now()
        known = _Known(ours)
        status = {}
        views = []
        for reservation in theirs:
            booking = known.of(reservation)
            if booking is None:
                views.append(foreign_view(reservation, now))
            elif booking.point is Point.CONFIRMED and reservation.status in _LATER:
                status[booking.id] = reservation.status
        for booking in ours:
            view = view_of(booking, now)
            later = status.get(booking.id)
            if later is not None and status_of(booking) is Status.CONFIRMED:
                view = replace(view, status=later, is_cancellable=False)
            views.append(view)
        return views


class _Known:
    """Finds our booking behind a reservation, by any name that both sides have for it."""

    def __init__(self, ours: Sequence[Booking]) -> None:
        self._by_name: dict[str, Booking] = {}
        for booking in ours:
            for name in (booking.id, booking.reservation_id, booking.request_id):
                if name is not None:
                    self._by_name[name] = booking

    def of(self, reservation: ForeignReservation) -> Booking | None:
        names = (reservation.external_id, reservation.id, reservation.request_id)
        return next((self._by_name[name] for name in names if name in self._by_name), None)
