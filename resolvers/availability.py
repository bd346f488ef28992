"""Free times of an experience."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from enum import Enum
from typing import Annotated

import strawberry

from bff.catalogue import model
from bff.money import Rate
from resolvers.cache_hints import AVAILABILITY, cached
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.prices import Price

MAX_PARTY_SIZE = 50
MAX_CALENDAR_DAYS = 31
# The venue's today may be yesterday by UTC; nobody books further ahead than a year and a bit.
_DAYS_BACK = 1
_DAYS_AHEAD = 400

Day = Annotated[
    dt.date,
    strawberry.argument(
        description=f"The venue's business day: from yesterday to {_DAYS_AHEAD} days ahead."
    ),
]
From = Annotated[
    dt.date,
    strawberry.argument(
        name="from", description=f"The first day: from yesterday to {_DAYS_AHEAD} days ahead."
    ),
]
Days = Annotated[int, strawberry.argument(description=f"How many days, 1 to {MAX_CALENDAR_DAYS}.")]
PartySize = Annotated[
    int, strawberry.argument(description=f"How many guests in all, 1 to {MAX_PARTY_SIZE}.")
]


@strawberry.enum(description="How a place is got.")
class SlotKind(Enum):
    INSTANT = strawberry.enum_value(
        "INSTANT", description="Booking it confirms it, once it is paid."
    )
    ON_REQUEST = strawberry.enum_value(
        "ON_REQUEST", description="The venue has to say yes; the booking is REQUESTED until then."
    )


@cached(AVAILABILITY)
@strawberry.type(description="One free time for one party, at one price.")
class Slot:
    id: strawberry.ID = strawberry.field(
        description=(
            "Opaque, signed, expires 15 minutes after it was shown; names venue, experience, "
            "time, party size and price. Booking takes this. Not a Node: ask for availability "
            "again rather than keeping it."
        )
    )
    starts_at: dt.datetime = strawberry.field(
        description="The true moment, with the venue's offset on that day."
    )
    duration_minutes: int | None = strawberry.field(
        description="How long the place is kept; null when the venue does not say."
    )
    kind: SlotKind = strawberry.field(description="Whether booking confirms it or asks for it.")
    remaining: int | None = strawberry.field(
        description="How many such places are left; null when the venue does not say."
    )
    price: Price | None = strawberry.field(
        description="For the whole party; null when nothing is to be paid ahead."
    )
    cancellation_policy: str | None = strawberry.field(
        description="The venue's own words on cancelling; null when it has none."
    )

    @classmethod
    def of(cls, slot: model.Slot, rates: Sequence[Rate], context: Context) -> "Slot":
        price = Price.of(slot.price, rates) if slot.price is not None else None
        points, now = price.points if price else None, context.services.clock.now()
        return cls(
            id=strawberry.ID(context.services.slots.sign(slot, points, now)),
            starts_at=slot.starts_at,
            duration_minutes=slot.duration_minutes,
            kind=SlotKind[slot.kind.name],
            remaining=slot.remaining,
            price=price,
            cancellation_policy=slot.cancellation_policy,
        )


@cached(AVAILABILITY)
@strawberry.type(description="The free times of one experience on one day for one party size.")
class Availability:
    date: dt.date = strawberry.field(description="The venue's business day.")
    party_size: int = strawberry.field(description="The number of guests asked for.")
    slots: list[Slot] = strawberry.field(description="Earliest first; empty when nothing is free.")
    as_of: dt.datetime = strawberry.field(description="When the reservation system said so.")
    is_stale: bool = strawberry.field(
        description=(
            "True when the reservation system could not be asked and this is its last known "
            "answer. Show it with a word of warning; booking asks again."
        )
    )

    @classmethod
    def of(
        cls, day: model.VenueDay, experience_id: str, rates: Sequence[Rate], context: Context
    ) -> "Availability":
        slots = sorted(day.of_experience(experience_id), key=lambda slot: slot.starts_at)
        context.loaders.budget.spend_rows(1 + len(slots))
        return cls(
            date=day.day,
            party_size=day.party_size,
            slots=[Slot.of(slot, rates, context) for slot in slots],
            as_of=day.as_of,
            is_stale=day.is_stale,
        )


async def on_day(
    context: Context, experience: model.Experience, day: dt.date, party_size: int
) -> Availability:
    """Errors: `BadInput`; `UpstreamError` when nothing is known of the venue."""
    _check("date", day, party_size, context)
    found, rates = await asyncio.gather(
        context.loaders.day(experience.venue_id, day, party_size), context.loaders.rates()
    )
    return Availability.of(found, experience.id, rates, context)


async def over_days(
    context: Context, experience: model.Experience, start: dt.date, days: int, party_size: int
) -> list[Availability]:
    """Errors: as `on_day`."""
    _check("from", start, party_size, context)
    if not 1 <= days <= MAX_CALENDAR_DAYS:
        raise BadInput("days", f"must be 1 to {MAX_CALENDAR_DAYS}")
    found, rates = await asyncio.gather(
        context.loaders.days(experience.venue_id, start, days, party_size),
        context.loaders.rates(),
    )
    return [Availability.of(day, experience.id, rates, context) for day in found]


def _check(field: str, day: dt.date, party_size: int, context: Context) -> None:
    today = context.services.clock.now().date()
    if not -_DAYS_BACK <= (day - today).days <= _DAYS_AHEAD:
        raise BadInput(field, f"must be from yesterday to {_DAYS_AHEAD} days ahead")
    if not 1 <= party_size <= MAX_PARTY_SIZE:
        raise BadInput("partySize", f"must be 1 to {MAX_PARTY_SIZE}")
