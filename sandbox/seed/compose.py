"""Turns what a venue's file says in few words into a whole venue: ids, rules, pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from sandbox.seed import identifiers
from sandbox.seed.model import (
    DAY_STARTS_AT_MINUTE,
    EVERY_DAY,
    AccessRule,
    Cutoff,
    Experience,
    Picture,
    Place,
    Price,
    Shift,
    Venue,
)

_DAY_MINUTES = 24 * 60
_A_DAY_AHEAD = Cutoff(num=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seatings:
    """A shift in clock times; before six in the morning means the night of the same day."""

    category: str
    first: str
    last: str
    every: int
    covers: int
    stay: Mapping[int, int] = field(default_factory=lambda: {-1: 120, 2: 90})
    weekdays: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One experience and the rule by which it is sold."""

    slug: str
    name: str
    title: str
    description: str | None
    shift: str
    first: str
    last: str
    scene: str
    light: str
    price: Price | None = None
    price_description: str | None = None
    featured: bool = False
    default_party: int | None = 2
    party: tuple[int, int] = (1, 8)
    cancel_cutoff: Cutoff | None = _A_DAY_AHEAD
    cutoff: Cutoff | None = None
    on_request: bool = False
    second_scene: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a venue says of itself."""

    slug: str
    name: str
    place: Place
    currency: str
    cuisine: str | None = None
    atmosphere: str | None = None
    phone: str | None = None
    color: str = "#1f3a34"
    scenes: tuple[tuple[str, str], ...] = ()
    closed: frozenset[int] = frozenset()
    allows_requests: bool = True
    when_full: Literal["request", "vanish"] = "request"
    request_sizes: tuple[int, int] = (1, 12)
    policy: str = "We keep your table for fifteen minutes."
    cancellation: str = "Please cancel at least 24 hours ahead; later the full price is due."


def price(
    cost: str, *, tax: str = "0", service: str = "0", gratuity: str = "0", rule: str = ""
) -> Price:
    """So much a person, in the venue's currency; the rates in percent."""
    return Price(
        cost=Decimal(cost),
        tax_rate=Decimal(tax),
        service_charge=Decimal(service),
        gratuity=Decimal(gratuity),
        cc_payment_rule=rule or "advanced_payment",
    )


def flat_price(cost: str, *, tax: str = "0", service: str = "0", gratuity: str = "0") -> Price:
    """So much for the whole party."""
    return Price(
        cost=Decimal(cost),
        charge_type="reservation",
        tax_rate=Decimal(tax),
        service_charge=Decimal(service),
        gratuity=Decimal(gratuity),
    )


def minute_of_day(text: str) -> int:
    """Clock text (HH:MM) as a minute of the business day."""
    hours, minutes = text.split(":")
    minute = int(hours) * 60 + int(minutes)
    return minute if minute >= DAY_STARTS_AT_MINUTE else minute + _DAY_MINUTES


def venue(
    house: House,
    seatings: Sequence[Seatings],
    offers: Sequence[Offer],
    tables: Sequence[Offer] = (),
) -> Venue:
    """Experiences with their rules; `tables` are sold too, but belong to no experience."""
    venue_id = identifiers.entity_id("venue", house.slug)
    shifts = {each.category: _shift(venue_id, each) for each in seatings}
    experiences = tuple(_experience(venue_id, offer, n) for n, offer in enumerate(offers))
    rules = tuple(
        _rule(venue_id, shifts[offer.shift], offer, experience.id)
        for offer, experience in zip(offers, experiences, strict=True)
    )
    plain = tuple(_rule(venue_id, shifts[offer.shift], offer, None) for offer in tables)
    return Venue(
        id=venue_id,
        slug=house.slug,
        name=house.name,
        place=house.place,
        currency_code=house.currency,
        cuisine=house.cuisine,
        atmosphere=house.atmosphere,
        phone_number=house.phone,
        booking_policy=house.policy,
        cancellation_policy=house.cancellation,
        shifts=tuple(shifts.values()),
        rules=rules + plain,
        experiences=experiences,
        pictures=tuple(
            Picture(name=f"{house.slug}-{n}", scene=scene, light=light)
            for n, (scene, light) in enumerate(house.scenes, start=1)
        ),
        primary_color=house.color,
        closed_weekdays=house.closed,
        allows_requests=house.allows_requests,
        when_full=house.when_full,
        request_min_size=house.request_sizes[0],
        request_max_size=house.request_sizes[1],
    )


def _shift(venue_id: str, seatings: Seatings) -> Shift:
    return Shift(
        id=identifiers.shift_persistent_id(venue_id, seatings.category),
        category=seatings.category,
        first_minute=minute_of_day(seatings.first),
        last_minute=minute_of_day(seatings.last),
        interval_minutes=seatings.every,
        covers_per_slot=seatings.covers,
        durations=seatings.stay,
        weekdays=seatings.weekdays,
    )


def _experience(venue_id: str, offer: Offer, order: int) -> Experience:
    scenes = [scene for scene in (offer.scene, offer.second_scene) if scene]
    return Experience(
        id=identifiers.entity_id("experience", offer.slug),
        venue_id=venue_id,
        slug=offer.slug,
        name=offer.name,
        title=offer.title,
        description=offer.description,
        price_description=offer.price_description,
        is_featured=offer.featured,
        default_party_size=offer.default_party,
        sort_order=order,
        pictures=tuple(
            Picture(name=f"{offer.slug}-{n}" if n > 1 else offer.slug, scene=s, light=offer.light)
            for n, s in enumerate(scenes, start=1)
        ),
    )


def _rule(venue_id: str, shift: Shift, offer: Offer, experience_id: str | None) -> AccessRule:
    return AccessRule(
        id=identifiers.entity_id("access-rule", offer.slug),
        persistent_id=identifiers.access_persistent_id(venue_id, offer.slug),
        shift_id=shift.id,
        title=offer.name,
        description=offer.title,
        first_minute=minute_of_day(offer.first),
        last_minute=minute_of_day(offer.last),
        experience_id=experience_id,
        price=offer.price,
        on_request=offer.on_request,
        min_party=offer.party[0],
        max_party=offer.party[1],
        cutoff=offer.cutoff,
        cancel_cutoff=offer.cancel_cutoff,
        picture=offer.slug if experience_id else None,
    )
