"""SevenRooms' timeslots in our words: what a guest can really book, and for how much."""

import dataclasses
import datetime as dt
import logging
from collections.abc import Iterable, Iterator

from bff.catalogue.model import Slot, SlotKind, Venue, VenueDay
from bff.catalogue.pricing import PriceUnknown, slot_price
from bff.catalogue.times import LocalTime, clock_text, instant
from clients.sevenrooms.models.availability import Timeslot

log = logging.getLogger(__name__)

_KINDS = {"book": SlotKind.INSTANT, "request": SlotKind.ON_REQUEST}


def venue_day(
    venue: Venue,
    day: dt.date,
    party_size: int,
    timeslots: Iterable[Timeslot],
    as_of: dt.datetime,
) -> VenueDay:
    slots = sorted(
        _slots(venue, day, party_size, timeslots),
        key=lambda slot: (slot.starts_at, slot.experience_id or "", slot.time_text),
    )
    return VenueDay(
        venue_id=venue.id, day=day, party_size=party_size, slots=tuple(slots), as_of=as_of
    )


def shown(known: VenueDay, now: dt.datetime, *, is_stale: bool) -> VenueDay:
    """A kept answer as it may be shown now: times that have passed since are gone."""
    if is_stale == known.is_stale and (not known.slots or known.slots[0].starts_at > now):
        return known
    ahead = tuple(slot for slot in known.slots if slot.starts_at > now)
    return dataclasses.replace(known, slots=ahead, is_stale=is_stale)


def _slots(
    venue: Venue, day: dt.date, party_size: int, timeslots: Iterable[Timeslot]
) -> Iterator[Slot]:
    seen, unpriced = set[tuple[object, ...]](), 0
    for item in timeslots:
        try:
            slot = _slot(venue, day, party_size, item)
        except PriceUnknown:
            unpriced += 1
            continue
        if slot is None:
            continue
        identity = (slot.starts_at, slot.experience_id, slot.kind, slot.access_persistent_id)
        if identity not in seen:
            seen.add(identity)
            yield slot
    if unpriced:
        log.warning("venue %s: %d slots left out, price unknown", venue.id, unpriced)


def _slot(venue: Venue, day: dt.date, party_size: int, item: Timeslot) -> Slot | None:
    """None for a time that cannot be booked: held, of unknown kind, or without what a hold needs.

    A request has no `access_persistent_id` (CONFIRMED-L); nothing is held for it.
    """
    kind = _KINDS.get((item.type or "").lower())
    starts_at = instant(day, _said(item), venue.time_zone)
    if kind is None or starts_at is None or _is_taken(item, party_size):
        return None
    if kind is SlotKind.INSTANT and not (item.access_persistent_id and item.shift_persistent_id):
        return None
    remaining = item.pacing_covers_remaining
    return Slot(
        venue_id=venue.id,
        experience_id=item.experience_id,
        day=day,
        time_text=item.time or clock_text(starts_at),
        starts_at=starts_at,
        party_size=party_size,
        kind=kind,
        shift_persistent_id=item.shift_persistent_id,
        access_persistent_id=item.access_persistent_id,
        duration_minutes=item.duration if item.duration and item.duration > 0 else None,
        remaining=remaining if remaining is not None and remaining >= 0 else None,
        price=slot_price(item.payments, party_size, venue.currency),
        cancellation_policy=item.cancellation_policy,
    )


def _is_taken(item: Timeslot, party_size: int) -> bool:
    """Whether somebody else's hold leaves no room that is told of.

    What `is_held` means beside places that remain is not documented; the hold of one party must not
    hide the room from all the others. A hold of ours that is refused tells the truth.
    """
    remaining = item.pacing_covers_remaining
    return item.is_held and (remaining is None or remaining < party_size)


def _said(item: Timeslot) -> LocalTime:
    return LocalTime(
        real_datetime=item.real_datetime_of_slot,
        date_time=item.time_iso,
        clocks=(item.time_slot_iso, item.time),
    )
