"""SevenRooms' words about reservations and requests, and its refusals, in ours."""

from http import HTTPStatus

from bff.booking.model import Status
from bff.booking.ports import RequestState
from clients.errors import Malformed, Refused
from clients.sevenrooms.models.bookings import Request, Reservation

# The concierge family's codes (CONFIRMED-V) and the venue side's words (CONFIRMED-L); both sets
# are open, since venues add their own.
_STATUSES = {
    "RESERVED": Status.CONFIRMED,
    "ON THE BOOKS": Status.CONFIRMED,
    "CONFIRMED": Status.CONFIRMED,
    "ARRIVED": Status.CONFIRMED,
    "SEATED": Status.CONFIRMED,
    "PAID": Status.COMPLETED,
    "COMPLETE": Status.COMPLETED,
    "COMPLETED": Status.COMPLETED,
    "CANCELED": Status.CANCELLED,
    "CANCELLED": Status.CANCELLED,
    "NO SHOW": Status.NO_SHOW,
}

# UNAPPROVED is CONFIRMED-V; the others are PROPOSED.
_ENDED = frozenset({"DECLINED", "CANCELED", "CANCELLED", "EXPIRED", "DENIED", "REJECTED"})

GONE = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
# The vendor's sentences on a refused cancellation (CONFIRMED-V).
ALREADY_CANCELLED = ("already been cancel",)
PAST_CUT_OFF = ("cut-off", "cutoff", "cut off")
NO_SUCH_RESERVATION = ("invalid reservation id", "does not have record")
# Which status and text say that a place is gone is NOT FOUND; 409 is PROPOSED, and these words are
# for a tenant that answers 400.
PLACE_GONE = ("no longer available", "not available", "unavailable", "hold expired")


def status_of(reservation: Reservation) -> Status:
    if reservation.is_deleted:
        return Status.CANCELLED
    words = (word.upper().replace("_", " ").strip() for word in reservation.statuses)
    return next((_STATUSES[word] for word in words if word in _STATUSES), Status.UNKNOWN)


def is_live(reservation: Reservation) -> bool:
    """Whether it takes a place; one in an unknown status is taken to do so."""
    return status_of(reservation) is not Status.CANCELLED


def state_of(request: Request) -> RequestState:
    if request.reservation_id is not None:
        return RequestState.APPROVED
    ended = (request.status or "").upper() in _ENDED
    if ended or request.is_expired or request.is_deleted:
        return RequestState.DECLINED
    return RequestState.WAITING


def says_gone(refusal: Refused) -> bool:
    """Whether SevenRooms itself does not know what was asked for.

    Errors: Malformed for a 404 or 400 without a word of the vendor's, as a proxy would send it.
    """
    if refusal.status not in GONE:
        return False
    if refusal.code is None:
        raise Malformed(refusal.upstream, refusal.operation, "a refusal that says nothing")
    return True


def says(refusal: Refused, sentences: tuple[str, ...]) -> bool:
    said = (refusal.code or "").lower()
    return any(sentence in said for sentence in sentences)
