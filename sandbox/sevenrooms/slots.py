"""Which seatings a venue offers a party on a business day, made from shifts, rules and pacing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sandbox.seed.model import Shift, Venue
from sandbox.sevenrooms import times
from sandbox.sevenrooms.rows import Slot, SlotKey
from sandbox.sevenrooms.state import SevenRoomsState

# How far ahead tables are sold.
_HORIZON_DAYS = 365
# Worked-out days kept; the seed alone decides them, so they never grow old.
_DAYS_KEPT = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A slot as a party sees it; it disappears at `closes_at`."""

    slot: Slot
    kind: Literal["book", "request"]
    remaining: int
    is_held: bool
    closes_at: datetime


def is_open(state: SevenRoomsState, venue: Venue, day: date) -> bool:
    today = times.business_day(state.zones[venue.id], state.now())
    ahead = (day - today).days
    return 0 <= ahead <= _HORIZON_DAYS and day.weekday() not in venue.closed_weekdays


def offered(state: SevenRoomsState, venue: Venue, day: date, party_size: int) -> list[Offered]:
    """In the order of the day; a full seating becomes a request or vanishes, as the venue wants."""
    if not is_open(state, venue, day):
        return []
    now = state.now()
    found = []
    for slot in seatings(state, venue, day):
        closes_at = _closes_at(state, slot)
        if now < closes_at and slot.rule.min_party <= party_size <= slot.rule.max_party:
            free = _look(state, slot, party_size, closes_at)
            if free is not None:
                found.append(free)
    return found


def seatings(state: SevenRoomsState, venue: Venue, day: date) -> list[Slot]:
    """Every rule's every seating of the day, free or not, past or not."""
    known = state.seatings.get((venue.id, day))
    if known is None:
        if len(state.seatings) > _DAYS_KEPT:
            state.seatings.clear()
        known = state.seatings[venue.id, day] = list(_work_out(state, venue, day))
    return known


def _work_out(state: SevenRoomsState, venue: Venue, day: date) -> Iterator[Slot]:
    zone = state.zones[venue.id]
    for shift in venue.shifts:
        if day.weekday() not in shift.weekdays:
            continue
        for minute in range(shift.first_minute, shift.last_minute + 1, shift.interval_minutes):
            if not times.exists(zone, day, minute):
                continue
            starts_at = times.instant(zone, day, minute)
            yield from _of_rules(state, venue, shift, SlotKey(shift.id, day, minute), starts_at)


def at(state: SevenRoomsState, venue: Venue, day: date, minute: int) -> list[Slot]:
    """The slots of one time of day, whatever their shift."""
    return [slot for slot in seatings(state, venue, day) if slot.minute == minute]


def is_bookable(state: SevenRoomsState, slot: Slot, party_size: int, credit: int = 0) -> bool:
    """Whether a party gets the place now; `credit` are covers that its own hold keeps."""
    if slot.rule.on_request or not is_open(state, slot.venue, slot.day):
        return False
    if not slot.rule.min_party <= party_size <= slot.rule.max_party:
        return False
    now = state.now()
    # Who holds a place may use it after the booking cut-off, but not after the start.
    if now >= (slot.starts_at if credit else _closes_at(state, slot)):
        return False
    return state.pacing.remaining(slot.shift, slot.key, now) + credit >= party_size


def next_change(state: SevenRoomsState, venue: Venue, day: date, found: list[Offered]) -> datetime:
    """When the clock alone will change what is offered: a slot closes or a hold ends."""
    now = state.now()
    moments = [each.closes_at for each in found]
    for key in {slot.key for slot in seatings(state, venue, day)}:
        moments += [hold.until for hold in state.pacing.live(key, now)]
    # A day that is not open yet opens at the business day's start: looking hourly is enough.
    return min(moments, default=now + timedelta(hours=1))


def _of_rules(
    state: SevenRoomsState, venue: Venue, shift: Shift, key: SlotKey, starts_at: datetime
) -> Iterator[Slot]:
    for rule in state.rules[shift.id]:
        if rule.first_minute <= key.minute <= rule.last_minute:
            yield Slot(
                venue=venue,
                shift=shift,
                rule=rule,
                day=key.day,
                minute=key.minute,
                starts_at=starts_at,
            )


def _closes_at(state: SevenRoomsState, slot: Slot) -> datetime:
    return times.deadline(state.zones[slot.venue.id], slot.day, slot.starts_at, slot.rule.cutoff)


def _look(
    state: SevenRoomsState, slot: Slot, party_size: int, closes_at: datetime
) -> Offered | None:
    now = state.now()
    held = bool(state.pacing.live(slot.key, now))
    remaining = state.pacing.remaining(slot.shift, slot.key, now)
    is_full = remaining < party_size
    if (slot.rule.on_request or is_full) and not _may_request(slot, party_size):
        return None
    return Offered(
        slot=slot,
        kind="request" if slot.rule.on_request or is_full else "book",
        remaining=max(remaining, 0),
        is_held=held,
        closes_at=closes_at,
    )


def _may_request(slot: Slot, party_size: int) -> bool:
    venue = slot.venue
    if not venue.allows_requests:
        return False
    if not slot.rule.on_request and venue.when_full == "vanish":
        return False
    return venue.request_min_size <= party_size <= venue.request_max_size
