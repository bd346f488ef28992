"""Holds: a place kept for a party until it books, lets go, or the clock says so."""

from datetime import timedelta

from sandbox.seed.model import Venue
from sandbox.sevenrooms import slots, times
from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Hold
from sandbox.sevenrooms.state import SevenRoomsState

DEFAULT_HOLD_SECONDS = 300
_LONGEST_HOLD_SECONDS = 24 * 3600
# PROPOSED: status and text for a place that is gone are not known of the real service.
NO_SLOT = (409, "The requested time is no longer available")


def hold(state: SevenRoomsState, venue: Venue, form: Fields) -> tuple[Hold, int]:
    """The hold and its length in seconds."""
    day = form.needed_day("date")
    minute = times.minute_of_business_day(form.needed_clock("time"))
    party_size = form.needed_whole("party_size", least=1)
    shift_id, access_id = form.needed("shift_persistent_id"), form.needed("access_persistent_id")
    seconds = form.whole("hold_wait_time_sec", least=1, most=_LONGEST_HOLD_SECONDS)
    seconds = seconds or DEFAULT_HOLD_SECONDS
    for slot in slots.at(state, venue, day, minute):
        if slot.shift.id == shift_id and slot.rule.persistent_id == access_id:
            if not slots.is_bookable(state, slot, party_size):
                raise Refusal(*NO_SLOT)
            now = state.now()
            row = Hold(
                id=_hold_id(state),
                slot=slot,
                party_size=party_size,
                created=now,
                until=now + timedelta(seconds=seconds),
            )
            state.add_hold(row)
            return row, seconds
    raise Refusal(*NO_SLOT)


def release(state: SevenRoomsState, venue: Venue, hold_id: str, form: Fields) -> None:
    """PROPOSED: a hold that is over, or never was, is a 404."""
    day, shift_id = form.needed_day("date"), form.needed("shift_persistent_id")
    row = state.live_hold(hold_id)
    if row is None or (row.slot.venue.id, row.slot.day, row.slot.shift.id) != (
        venue.id,
        day,
        shift_id,
    ):
        raise Refusal(404, "Reservation hold not found")
    state.end_hold(row, booked=False)


def _hold_id(state: SevenRoomsState) -> str:
    """Epoch float as text (CONFIRMED-V); the number behind the point makes it unique."""
    return f"{int(state.now().timestamp())}.{state.next_number():06d}"
