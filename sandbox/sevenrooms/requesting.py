"""Reservation requests: asked by a guest, answered by the venue."""

from datetime import datetime, timedelta

from sandbox.seed.model import Venue
from sandbox.sevenrooms import booking, slots, times
from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.guests import read_guest
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Request, Reservation
from sandbox.sevenrooms.state import SevenRoomsState

_DEFAULT_WINDOW_MINUTES = 60
# The vendor's sample expires four minutes before its window; nothing says why.
_EXPIRES_BEFORE = timedelta(minutes=4)


def ask(state: SevenRoomsState, venue: Venue, form: Fields) -> Request:
    """403 where the venue takes no requests (CONFIRMED-V)."""
    if not venue.allows_requests:
        raise Refusal(403, "Concierge reservation requests setting is disabled for the venue.")
    day = form.needed_day("date")
    party_size = form.needed_whole("party_size", least=1)
    guest = read_guest(form)
    wish, start, end = _window(venue, form)
    zone, now = state.zones[venue.id], state.now()
    starts_at = times.instant(zone, day, start)
    if starts_at <= now:
        raise Refusal(400, "date is in the past")
    request_id, _ = state.new_ids("request")
    row = Request(
        id=request_id,
        venue=venue,
        day=day,
        start_minute=start,
        end_minute=end,
        wish_minute=wish,
        starts_at=starts_at,
        ends_at=times.instant(zone, day, end),
        expires_at=starts_at - _EXPIRES_BEFORE,
        party_size=party_size,
        guest=guest,
        created=now,
        updated=now,
        external_user_id=form.text("external_user_id"),
        notes=form.text("notes"),
    )
    state.requests[row.id] = row
    return row


def find(state: SevenRoomsState, venue: Venue, request_id: str) -> Request:
    """PROPOSED: an unknown request, or another venue's, is a 404."""
    row = state.requests.get(request_id)
    if row is None or row.venue.id != venue.id:
        raise Refusal(404, "Reservation request not found")
    return row


def approve(state: SevenRoomsState, row: Request) -> Reservation:
    """The venue says yes: a reservation, however full the shift is."""
    _must_be_open(state, row)
    minute = row.start_minute if row.wish_minute is None else row.wish_minute
    slot = next(iter(slots.at(state, row.venue, row.day, minute)), None)
    when = (row.day, minute, row.party_size)
    reservation = booking.make(state, row.venue, when, row.guest, slot)
    reservation.request_id = row.id
    # PROPOSED: the books keep the requester's reference; the reservation object does not name it.
    reservation.external_user_id = row.external_user_id
    reservation.notes = row.notes
    state.add_reservation(reservation)
    row.reservation_id = reservation.id
    _decide(state, row, approved=True)
    return reservation


def decline(state: SevenRoomsState, row: Request) -> None:
    _must_be_open(state, row)
    _decide(state, row, approved=False)


def withdraw(state: SevenRoomsState, venue: Venue, request_ids: list[str]) -> list[str]:
    """Those that were taken back; PROPOSED: one that the venue has answered stays as it is."""
    gone = []
    for request_id in dict.fromkeys(request_ids):
        row = state.requests.get(request_id)
        if row is None or row.venue.id != venue.id or row.decided != "UNAPPROVED":
            continue
        row.decided = "CANCELED"
        row.deleted = row.updated = state.now()
        gone.append(row.id)
    return gone


def _must_be_open(state: SevenRoomsState, row: Request) -> None:
    status = row.status(state.now())
    if status != "UNAPPROVED":
        raise Refusal(409, f"The request is {status}")


def _decide(state: SevenRoomsState, row: Request, *, approved: bool) -> None:
    row.decided = "APPROVED" if approved else "DECLINED"
    row.updated = state.now()


def _window(venue: Venue, form: Fields) -> tuple[int | None, int, int]:
    """Exact wish, start and end, as minutes of the business day."""
    wish, start, end = (
        None if clock is None else times.minute_of_business_day(clock)
        for clock in (form.clock("time"), form.clock("start_time"), form.clock("end_time"))
    )
    if start is None:
        start = wish if wish is not None else venue.shifts[0].first_minute
    if end is None or end < start:
        end = start + _DEFAULT_WINDOW_MINUTES
    return wish, start, end


def expiration(state: SevenRoomsState, row: Request) -> datetime:
    """What the venue's clock shows when the request ends."""
    return row.expires_at.astimezone(state.zones[row.venue.id])
