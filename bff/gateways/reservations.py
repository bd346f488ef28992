"""Places at SevenRooms, in our words: held, asked for, booked, found again and given up.

Our reference on its books is the booking's id: `external_id` of a reservation, `external_user_id`
of a request. docs/upstreams/sevenrooms.md says which of these facts are confirmed.
"""

import datetime as dt
import logging
from http import HTTPStatus

from bff.booking.model import Booking, Status
from bff.booking.ports import (
    CannotAsk,
    Hold,
    RequestLook,
    RequestsOff,
    RequestState,
    Reservation,
    SlotGone,
    Strays,
    TooLateToCancel,
)
from bff.clock import Clock
from bff.gateways import booking_words as words
from bff.gateways.booking_forms import book_form, full_name, hold_form, release_form, request_form
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised, UpstreamError
from clients.sevenrooms.models import bookings as theirs
from clients.sevenrooms.read import ReservationQuery, SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites

log = logging.getLogger(__name__)

UPSTREAM = "sevenrooms"

# The vendor's own default (CONFIRMED-V), for an answer that does not say how long it holds.
DEFAULT_HOLD_SECONDS = 300

_NO_SUCH_ROUTE = (
    *(HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    HTTPStatus.METHOD_NOT_ALLOWED,
)


class SevenRoomsReservations:
    """`bff.booking.ports.Reservations`. Errors: `clients.errors.UpstreamError`.

    `request_search`: the tenant has the PROPOSED call that lists requests.
    """

    def __init__(
        self,
        reads: SevenRoomsReads,
        writes: SevenRoomsWrites,
        *,
        request_search: bool,
        clock: Clock,
    ) -> None:
        self._reads = reads
        self._writes = writes
        self._request_search = request_search
        self._clock = clock

    async def hold(self, booking: Booking, seconds: int) -> Hold:
        """Errors: also SlotGone. `until` is counted from before the call: never too late."""
        asked_at = self._clock.now()
        form = hold_form(booking.terms, seconds)
        if form is None:
            raise SlotGone
        try:
            made = await self._writes.hold(booking.terms.venue_id, form)
        except Refused as refusal:
            if _place_is_gone(refusal):
                raise SlotGone from refusal
            raise
        lasts = made.hold_duration_sec
        if lasts is None:
            lasts = min(seconds, DEFAULT_HOLD_SECONDS)
        until = asked_at + dt.timedelta(seconds=max(0, min(lasts, seconds)))
        return Hold(id=made.reservation_hold_id, until=until)

    async def release(self, booking: Booking) -> None:
        form = release_form(booking.terms)
        if booking.hold_id is None or form is None:
            return
        try:
            await self._writes.release(booking.terms.venue_id, booking.hold_id, form)
        except Refused as refusal:
            if refusal.status not in {*words.GONE, HTTPStatus.CONFLICT}:
                raise

    async def request(self, booking: Booking) -> str:
        """Errors: also RequestsOff, SlotGone; Refused for a guest without a phone number."""
        if not booking.guest.phone_number:
            raise Refused(UPSTREAM, "make request", "no phone number", status=400)
        try:
            return await self._writes.make_request(booking.terms.venue_id, request_form(booking))
        except Refused as refusal:
            if refusal.status == HTTPStatus.FORBIDDEN:
                raise RequestsOff from refusal
            if _place_is_gone(refusal):
                raise SlotGone from refusal
            raise

    async def find_request(self, booking: Booking) -> str | None:
        """Errors: also CannotAsk, where the PROPOSED route is off or not there."""
        ours = await self._requests(booking)
        live = (item.id for item in ours if words.state_of(item) is not RequestState.DECLINED)
        return next(live, None)

    async def look_at_request(self, booking: Booking) -> RequestLook:
        if booking.request_id is None:
            return RequestLook(state=RequestState.GONE)
        try:
            found = await self._reads.request(booking.terms.venue_id, booking.request_id)
        except Refused as refusal:
            if words.says_gone(refusal):
                return RequestLook(state=RequestState.GONE)
            raise
        if found.reservation_id is None:
            return RequestLook(state=words.state_of(found))
        made = Reservation(
            id=found.reservation_id, confirmation_code=await self._code_of(found.reservation_id)
        )
        return RequestLook(state=RequestState.APPROVED, reservation=made)

    async def withdraw(self, booking: Booking) -> None:
        """Leaves an approved request alone: `find_reservation` then finds what to cancel."""
        if booking.request_id is None:
            return
        try:
            deleted = await self._writes.delete_requests(
                booking.terms.venue_id, [booking.request_id]
            )
        except Refused as refusal:
            if refusal.status not in words.GONE:
                raise
            deleted = frozenset()
        if booking.request_id in deleted:
            return
        look = await self.look_at_request(booking)
        if look.state is RequestState.WAITING:
            raise OutcomeUnknown(UPSTREAM, "delete requests", "the request is still there")

    async def book(self, booking: Booking, *, hold_id: str | None) -> Reservation:
        """Errors: also SlotGone.

        A 409 means either that the place is gone or that the vendor's duplicate check has struck.
        Only where the guest has another live reservation there that day is it asked to pass over
        that check: it is the upstream's one guard against a repetition of our own.
        """
        try:
            return await self._book(booking, hold_id, passing_duplicates=False)
        except SlotGone:
            found = await self._all_of_guest(booking)
        ours = _ours(booking, found)
        if ours is not None:
            return _reservation(ours)
        if not any(_is_same_visit(booking, other) for other in found):
            raise SlotGone
        return await self._book(booking, hold_id, passing_duplicates=True)

    async def find_reservation(self, booking: Booking) -> Reservation | None:
        """By our reference among the guest's reservations, or as what our request became."""
        ours = _ours(booking, await self._search(booking))
        if ours is not None:
            return _reservation(ours)
        return (await self.look_at_request(booking)).reservation if booking.request_id else None

    async def find_strays(self, booking: Booking) -> Strays:
        """Requests are looked for where the booking is one, and the PROPOSED route is there."""
        found = {item.id for item in await self._search(booking) if _is_ours(booking, item)}
        try:
            asked = await self._requests(booking) if booking.is_on_request else []
        except CannotAsk:
            asked = []
        waiting = {item.id for item in asked if words.state_of(item) is RequestState.WAITING}
        return Strays(
            reservations=tuple(sorted(found - {booking.reservation_id})),
            requests=tuple(sorted(waiting - {booking.request_id})),
        )

    async def look(self, reservation_id: str) -> Status:
        try:
            return words.status_of(await self._reads.reservation(reservation_id))
        except Refused as refusal:
            if words.says_gone(refusal):
                return Status.UNKNOWN
            raise

    async def cancel(self, booking: Booking) -> None:
        """Errors: also TooLateToCancel."""
        if booking.reservation_id is None:
            return
        try:
            await self._writes.cancel(booking.reservation_id)
        except Refused as refusal:
            if words.says(refusal, words.ALREADY_CANCELLED):
                return
            if words.says(refusal, words.PAST_CUT_OFF):
                raise TooLateToCancel from refusal
            # One that the upstream does not know takes no place, unless it knows it otherwise.
            if not words.says(refusal, words.NO_SUCH_RESERVATION):
                raise
            if _ours(booking, await self._search(booking)) is not None:
                raise

    async def _book(
        self, booking: Booking, hold_id: str | None, *, passing_duplicates: bool
    ) -> Reservation:
        form = book_form(booking, hold_id, passing_duplicates=passing_duplicates)
        try:
            made = await self._writes.book(booking.terms.venue_id, form)
        except Refused as refusal:
            if _place_is_gone(refusal):
                raise SlotGone from refusal
            raise
        code = made.reservation_reference_code or await self._code_of(made.reservation_id)
        return Reservation(id=made.reservation_id, confirmation_code=code)

    async def _code_of(self, reservation_id: str) -> str | None:
        """The concierge family tells the guest's code only on the reservation itself.

        The place is booked by now: a failure here must not look like one of the booking.
        """
        try:
            return (await self._reads.reservation(reservation_id)).reference_code
        except UpstreamError as failure:
            log.warning("no confirmation code read: %s", failure)
            return None

    async def _requests(self, booking: Booking) -> list[theirs.Request]:
        """All with our reference. Errors: also CannotAsk."""
        if not self._request_search:
            raise CannotAsk
        first, last = _days_of(booking)
        try:
            found = await self._reads.requests(booking.terms.venue_id, first, last)
        except Unauthorised:
            raise
        except Refused as refusal:
            if refusal.status in _NO_SUCH_ROUTE:
                raise CannotAsk from refusal
            raise
        return [item for item in found if item.external_user_id == booking.id]

    async def _all_of_guest(self, booking: Booking) -> tuple[theirs.Reservation, ...]:
        """What the search says after a refused booking. Errors: NotSent, as nothing was booked."""
        try:
            return await self._search(booking)
        except UpstreamError as failure:
            raise NotSent(UPSTREAM, "book", "refused, and the reason cannot be asked") from failure

    async def _search(self, booking: Booking) -> tuple[theirs.Reservation, ...]:
        """The guest's reservations of that day, by phone and, where that misses ours, by name.

        The form in which the vendor keeps and compares numbers is not documented; to miss a
        reservation of ours would mean to book it twice.
        """
        first, last = _days_of(booking)
        guest = booking.guest
        found: tuple[theirs.Reservation, ...] = ()
        if guest.phone_number:
            query = ReservationQuery(from_date=first, to_date=last, phone_number=guest.phone_number)
            found = await self._reads.reservations(query, every_row=True)
        if _ours(booking, found) is None:
            name = full_name(guest)
            query = ReservationQuery(from_date=first, to_date=last, name=name)
            found += await self._reads.reservations(query, every_row=True)
        return found


def _days_of(booking: Booking) -> tuple[dt.date, dt.date]:
    """The business day, and the calendar day into which it lasts."""
    day = booking.terms.day
    return day, day + dt.timedelta(days=1)


def _ours(booking: Booking, found: tuple[theirs.Reservation, ...]) -> theirs.Reservation | None:
    return next((item for item in found if _is_ours(booking, item)), None)


def _is_ours(booking: Booking, item: theirs.Reservation) -> bool:
    of_request = booking.request_id is not None and item.request_id == booking.request_id
    return words.is_live(item) and (item.external_id == booking.id or of_request)


def _is_same_visit(booking: Booking, other: theirs.Reservation) -> bool:
    """Whether the duplicate check can have meant this one; its exact rule is NOT FOUND."""
    return words.is_live(other) and other.venue_id in {None, booking.terms.venue_id}


def _reservation(found: theirs.Reservation) -> Reservation:
    return Reservation(id=found.id, confirmation_code=found.reference_code)


def _place_is_gone(refusal: Refused) -> bool:
    return refusal.status == HTTPStatus.CONFLICT or words.says(refusal, words.PLACE_GONE)
