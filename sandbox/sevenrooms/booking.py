"""Reservations: made, cancelled, looked for, and marked by the venue."""

from datetime import date

from sandbox.seed.model import Venue
from sandbox.sevenrooms import slots, times
from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.guests import read_guest
from sandbox.sevenrooms.holding import NO_SLOT
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Guest, Hold, Payment, Reservation, Slot
from sandbox.sevenrooms.state import SevenRoomsState

_CANCELED = "CANCELED"
# Looked at before anything is decided, so that a misspelt one is refused whatever else is wrong.
_SWITCHES = ("bypass_availability", "bypass_duplicate_reservation_check")
# The vendor's own words (CONFIRMED-V).
_INVALID_ID = (400, "Invalid reservation ID")
_ALREADY_CANCELLED = (400, "Reservation has already been cancelled.")
_TOO_LATE = (400, "Reservation cannot be modified after the cancellation cut-off time")
# PROPOSED: what a duplicate is answered with is not known.
_DUPLICATE = (409, "This client already has a reservation on this date")


def book(state: SevenRoomsState, venue: Venue, form: Fields) -> Reservation:
    """A new reservation; its hold is used up by it (CONFIRMED-V)."""
    if form.text("reservation_id"):
        raise Refusal(400, "Updating a reservation is not simulated")
    for switch in _SWITCHES:
        form.truth(switch)
    day = form.needed_day("date")
    minute = times.minute_of_business_day(form.needed_clock("time"))
    party_size = form.needed_whole("party_size", least=1)
    guest = read_guest(form, contact_needed=not form.truth("bypass_required_contact_fields"))
    payment = _payment(form)
    hold = _own_hold(state, venue, form)
    slot = _place(state, venue, (day, minute, party_size), form, hold)
    if not form.truth("bypass_duplicate_reservation_check"):
        _refuse_duplicate(state, venue, day, guest)
    if hold is not None:
        state.end_hold(hold, booked=True)
    row = make(state, venue, (day, minute, party_size), guest, slot)
    row.external_id = form.text("external_id")
    row.external_user_id = form.text("external_user_id")
    row.request_id = form.text("request_id")
    row.hold_id = hold.id if hold is not None else None
    row.notes = form.text("notes")
    row.payment = payment
    state.add_reservation(row)
    return row


def make(
    state: SevenRoomsState,
    venue: Venue,
    when: tuple[date, int, int],
    guest: Guest,
    slot: Slot | None,
) -> Reservation:
    """A row that is not on the books yet. `when` is day, minute and party size."""
    day, minute, party_size = when
    now = state.now()
    reservation_id, reference_code = state.new_ids("reservation")
    return Reservation(
        id=reservation_id,
        reference_code=reference_code,
        venue=venue,
        slot=slot,
        day=day,
        minute=minute,
        starts_at=times.instant(state.zones[venue.id], day, minute),
        party_size=party_size,
        guest=guest,
        created=now,
        updated=now,
    )


def find(state: SevenRoomsState, name: str, *, external: bool = False) -> Reservation:
    """By id or reference code; by the caller's external id on the group's route (CONFIRMED-V)."""
    row = state.reservations.get(name) or state.by_reference.get(name)
    if row is None and external:
        row = state.by_external_id.get(name)
    if row is None:
        raise Refusal(*_INVALID_ID)
    return row


def cancel(state: SevenRoomsState, row: Reservation) -> None:
    """Refused after the cut-off, and after the start."""
    if row.status_code == _CANCELED:
        raise Refusal(*_ALREADY_CANCELLED)
    cutoff = row.slot.rule.cancel_cutoff if row.slot is not None else None
    zone = state.zones[row.venue.id]
    if state.now() >= times.deadline(zone, row.day, row.starts_at, cutoff):
        raise Refusal(*_TOO_LATE)
    mark(state, row, _CANCELED)


def mark(state: SevenRoomsState, row: Reservation, status_code: str) -> None:
    """What the venue's staff, or the guest, made of it; any word, as venues have their own."""
    was_live, is_live = row.status_code != _CANCELED, status_code != _CANCELED
    if row.slot is not None and was_live != is_live:
        covers = row.party_size if is_live else -row.party_size
        state.pacing.reserve(row.venue, row.slot.key, covers)
    row.status_code = status_code
    row.updated = state.now()
    row.cancelled_at = None if is_live else row.updated


def _own_hold(state: SevenRoomsState, venue: Venue, form: Fields) -> Hold | None:
    """PROPOSED: a hold that is over gives no right, and does no harm."""
    hold = state.live_hold(form.text("reservation_hold_id"))
    return hold if hold is not None and hold.slot.venue.id == venue.id else None


def _place(
    state: SevenRoomsState,
    venue: Venue,
    when: tuple[date, int, int],
    form: Fields,
    hold: Hold | None,
) -> Slot | None:
    """The slot to sell; None only where the caller bypasses availability."""
    day, minute, party_size = when
    access_id = form.text("access_persistent_id")
    candidates = slots.at(state, venue, day, minute)
    if hold is not None:
        # The held rule comes first where the caller names none.
        candidates.sort(key=lambda slot: slot.rule.id != hold.slot.rule.id)
    if access_id is not None:
        candidates = [slot for slot in candidates if slot.rule.persistent_id == access_id]
    for slot in candidates:
        credit = hold.party_size if hold is not None and hold.slot.key == slot.key else 0
        if slots.is_bookable(state, slot, party_size, credit):
            return slot
    if form.truth("bypass_availability"):
        return candidates[0] if candidates else None
    raise Refusal(*NO_SLOT)


def _refuse_duplicate(state: SevenRoomsState, venue: Venue, day: date, guest: Guest) -> None:
    if not state.switches.duplicate_check:
        return
    rows = state.by_guest_day.get((guest.client_id, venue.id, day), [])
    if any(row.status_code != _CANCELED for row in rows):
        raise Refusal(*_DUPLICATE)


def _payment(form: Fields) -> Payment | None:
    parts = {
        name: form.whole(f"payment_{name}")
        for name in ("subtotal", "tax", "gratuity", "service_charge")
    }
    instrument = form.text("payment_instrument_token")
    if instrument is None and all(part is None for part in parts.values()):
        return None
    return Payment(instrument=instrument, **parts)
