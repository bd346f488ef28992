"""What SevenRooms knows of a guest, whoever made the reservation."""

import datetime as dt
import logging
import re
from collections.abc import Mapping, Sequence

from bff.booking.model import Guest
from bff.booking.ports import ForeignReservation
from bff.catalogue.model import SlotKind
from bff.catalogue.times import LocalTime, instant
from bff.clock import Clock
from bff.gateways.booking_forms import full_name
from bff.gateways.booking_words import says_gone, status_of
from clients.errors import Refused
from clients.sevenrooms.models.bookings import Reservation
from clients.sevenrooms.read import ReservationQuery, SevenRoomsReads

log = logging.getLogger(__name__)

# A year and a bit to either side: what a guest may still look for.
WINDOW = dt.timedelta(days=400)

# SevenRooms' keys are URL-safe base64 (CONFIRMED-V); what else a guest sends in is not asked for.
_ID = re.compile(r"[A-Za-z0-9_\-]{1,256}")

# Shorter "numbers" are placeholders such as 0 or 000, which many guests share.
MIN_PHONE_DIGITS = 7


class SevenRoomsGuestReservations:
    """`bff.booking.ports.GuestReservations`. Errors: `clients.errors.UpstreamError`."""

    def __init__(
        self, reads: SevenRoomsReads, *, time_zones: Mapping[str, str], clock: Clock
    ) -> None:
        self._reads = reads
        self._time_zones = time_zones
        self._clock = clock

    async def of_guest(self, guest: Guest) -> Sequence[ForeignReservation]:
        today = self._clock.now().date()
        name = None if guest.phone_number else full_name(guest)
        query = ReservationQuery(
            from_date=today - WINDOW,
            to_date=today + WINDOW,
            phone_number=guest.phone_number,
            name=name,
        )
        rows = {row.id: row for row in await self._reads.reservations(query)}
        theirs = [row for row in rows.values() if is_surely_of(guest, row)]
        found = [made for row in theirs if (made := self._foreign(row)) is not None]
        if len(found) < len(theirs):
            log.warning("%d reservations without usable time left out", len(theirs) - len(found))
        return found

    async def one(self, reservation_id: str, guest: Guest) -> ForeignReservation | None:
        """None for an unknown one and for somebody else's alike."""
        if not _ID.fullmatch(reservation_id):
            return None
        try:
            row = await self._reads.reservation(reservation_id)
        except Refused as refusal:
            if says_gone(refusal):
                return None
            raise
        return self._foreign(row) if is_surely_of(guest, row) else None

    def _foreign(self, row: Reservation) -> ForeignReservation | None:
        """None without party, or without a time: a venue whose zone we do not know has none."""
        zone = self._time_zones.get(row.venue_id or "")
        if zone is None or row.venue_id is None or row.date is None or not row.max_guests:
            return None
        said = LocalTime(
            real_datetime=row.real_datetime_of_slot, clocks=(row.time_slot_iso, row.arrival_time)
        )
        starts_at = instant(row.date, said, zone)
        if starts_at is None:
            return None
        return ForeignReservation(
            id=row.id,
            external_id=row.external_id,
            request_id=row.request_id,
            confirmation_code=row.reference_code,
            venue_id=row.venue_id,
            starts_at=starts_at,
            party_size=row.max_guests,
            status=status_of(row),
            kind=SlotKind.ON_REQUEST if row.request_id else SlotKind.INSTANT,
            created_at=row.created,
            updated_at=row.updated,
        )


def is_surely_of(guest: Guest, row: Reservation) -> bool:
    """Same email, or same phone and full name: a shared phone or a common name alone is not."""
    if row.email and _folded(row.email) == _folded(guest.email):
        return True
    theirs, own = _digits(row.phone_number), _digits(guest.phone_number)
    same_phone = len(own) >= MIN_PHONE_DIGITS and theirs == own
    return same_phone and _full_name(row.first_name, row.last_name) == _full_name(
        guest.first_name, guest.last_name
    )


def _full_name(first: str | None, last: str | None) -> str:
    return _folded(f"{first or ''} {last or ''}")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _digits(phone: str | None) -> str:
    return re.sub(r"[^0-9]", "", phone or "")
