"""A member's bookings: ours, and those that only SevenRooms knows, each once."""

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence

from bff.booking.changes import Changes
from bff.booking.model import Booking, Guest, Point, Status
from bff.booking.ports import ForeignReservation, GuestReservations, Ledger
from bff.booking.reading import foreign_view, later_view, view_of
from bff.booking.view import BookingView, History
from bff.clock import Clock
from bff.members.model import MemberSession
from clients.errors import UpstreamError

FOREIGN = "sr~"
# Another process may have written the row: look again at least this often.
LOOK_AGAIN_SECONDS = 1.0
_FINAL = frozenset({Status.CANCELLED, Status.FAILED, Status.COMPLETED, Status.NO_SHOW})
# What SevenRooms knows better than we do once a booking of ours is confirmed.
_BEST_LAST = (Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED)


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
        # One after the other: while SevenRooms hangs, nobody's rows are held in memory.
        theirs = await self._foreign(guest_of(member))
        ours = await self._ledger.of_member(member.sub)
        known = _Known(ours)
        later = known.later(theirs or ())
        await self._wake(ours, later)
        now = self._clock.now()
        views = [foreign_view(made, now) for made in theirs or () if known.of(made) is None]
        views += [_seen(booking, later.get(booking.id), now) for booking in ours]
        views.sort(key=lambda view: (view.starts_at, view.id), reverse=True)
        is_partial = theirs is None or bool(ours.unreadable)
        return History(bookings=tuple(views), is_partial=is_partial)

    async def one(self, member: MemberSession, booking_id: str) -> BookingView | None:
        """Errors: `UpstreamError` for a reservation that only SevenRooms knows."""
        if booking_id.startswith(FOREIGN):
            found = await self._reservations.one(booking_id.removeprefix(FOREIGN), guest_of(member))
            return None if found is None else foreign_view(found, self._clock.now())
        booking = await self._own(member, booking_id)
        if booking is None:
            return None
        later = await self._later(member, booking)
        await self._wake([booking], later)
        return _seen(booking, later.get(booking.id), self._clock.now())

    async def changes(self, member: MemberSession, booking_id: str) -> AsyncIterator[BookingView]:
        seen: Status | None = None
        while True:
            booking = await self._own(member, booking_id)
            if booking is None:
                return
            view = view_of(booking, self._clock.now())
            if view.status is not seen:
                seen = view.status
                yield view
            if view.status in _FINAL:
                return
            await self._changes.wait(booking_id, LOOK_AGAIN_SECONDS)

    async def _own(self, member: MemberSession, booking_id: str) -> Booking | None:
        booking = await self._ledger.load(booking_id)
        return booking if booking is not None and booking.member_id == member.sub else None

    async def _later(self, member: MemberSession, booking: Booking) -> Mapping[str, Status]:
        """What the venue knows of a confirmed booking by now; nothing while it is away."""
        if booking.point is not Point.CONFIRMED or booking.reservation_id is None:
            return {}
        try:
            found = await self._reservations.one(booking.reservation_id, guest_of(member))
        except UpstreamError:
            return {}
        return {} if found is None else _Known([booking]).later([found])

    async def _foreign(self, guest: Guest) -> Sequence[ForeignReservation] | None:
        try:
            return await self._reservations.of_guest(guest)
        except UpstreamError:
            return None

    async def _wake(self, ours: Sequence[Booking], later: Mapping[str, Status]) -> None:
        """Have bookings that the venue has cancelled looked at, so that their payment goes back."""
        for booking in ours:
            if booking.point is Point.CONFIRMED and later.get(booking.id) is Status.CANCELLED:
                event_id = f"venue:{booking.id}:{booking.version}"
                await self._ledger.record_event(event_id, booking.id, self._clock.now())


def _seen(booking: Booking, later: Status | None, now: dt.datetime) -> BookingView:
    view = view_of(booking, now)
    return later_view(view, later) if later and booking.point is Point.CONFIRMED else view


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

    def later(self, theirs: Sequence[ForeignReservation]) -> Mapping[str, Status]:
        """What SevenRooms knows better, by booking.

        Of two reservations under one reference one may be a stray that was cancelled: the booking
        is what the other is.
        """
        told = defaultdict(set)
        for reservation in theirs:
            booking = self.of(reservation)
            if booking is not None:
                told[booking.id].add(reservation.status)
        return {
            booking_id: max(statuses, key=_BEST_LAST.index)
            for booking_id, statuses in told.items()
            if statuses <= set(_BEST_LAST)
        }
