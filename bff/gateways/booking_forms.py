"""The forms that SevenRooms wants to see, field by field, filled from a booking."""

from bff.booking.model import Booking, Guest, Terms
from clients.sevenrooms.write import Form


def hold_form(terms: Terms, seconds: int) -> Form | None:
    """None where the slot lacks what a hold needs."""
    if terms.shift_persistent_id is None or terms.access_persistent_id is None:
        return None
    return {
        "date": terms.day.isoformat(),
        "time": terms.time_text,
        "party_size": terms.party_size,
        "shift_persistent_id": terms.shift_persistent_id,
        "access_persistent_id": terms.access_persistent_id,
        "hold_wait_time_sec": seconds,
    }


def release_form(terms: Terms) -> Form | None:
    if terms.shift_persistent_id is None:
        return None
    return {"date": terms.day.isoformat(), "shift_persistent_id": terms.shift_persistent_id}


def book_form(booking: Booking, hold_id: str | None, *, passing_duplicates: bool) -> Form:
    """`external_id` is how we find it again; `loyalty_id` shows the venue a member."""
    return {
        **_visit(booking),
        "reservation_hold_id": hold_id,
        "access_persistent_id": booking.terms.access_persistent_id,
        "external_id": booking.id,
        "external_user_id": booking.member_id,
        # Without a number the vendor refuses, unless told that we know.
        "bypass_required_contact_fields": None if booking.guest.phone_number else True,
        "bypass_duplicate_reservation_check": True if passing_duplicates else None,
    }


def request_form(booking: Booking) -> Form:
    """The request object keeps `external_user_id` and no `external_id`: it carries our reference.

    `time` is the exact wish; a range from `start_time` to `end_time` would allow the venue to
    approve another time than the guest agreed to.
    """
    return {**_visit(booking), "external_user_id": booking.id}


def _visit(booking: Booking) -> Form:
    terms, guest = booking.terms, booking.guest
    return {
        "date": terms.day.isoformat(),
        "time": terms.time_text,
        "party_size": terms.party_size,
        **_contact(guest),
        "notes": guest.notes or None,
        "loyalty_id": guest.member_number,
    }


def _contact(guest: Guest) -> Form:
    return {
        "first_name": guest.first_name,
        "last_name": guest.last_name,
        "phone": guest.phone_number or None,
        "email": guest.email,
    }


def full_name(guest: Guest) -> str:
    """As the vendor's search wants it. Never empty: a search without a name finds everybody."""
    return f"{guest.first_name} {guest.last_name}".strip() or "-"
