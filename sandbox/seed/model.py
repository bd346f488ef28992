"""The words of the seed: what a stand-in is filled with, all of it composed for this project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

# Business days start at six in the morning: a slot at half past midnight is minute 1470 of its day.
DAY_STARTS_AT_MINUTE = 6 * 60
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an access rule asks ahead. `cost` is in units of the venue's currency, rates in %."""

    cost: Decimal
    charge_type: Literal["person", "reservation"] = "person"
    tax_rate: Decimal = Decimal(0)
    service_charge: Decimal = Decimal(0)
    gratuity: Decimal = Decimal(0)
    # Any other rule than advanced_payment keeps a card on file and takes nothing ahead.
    cc_payment_rule: str = "advanced_payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """So many hours before the slot, or so many days before it at `hour` o'clock (venue time)."""

    num: int
    unit: Literal["HOURS", "DAYS"] = "HOURS"
    hour: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Seatings of one category. Minutes count from midnight of the business day, past 1440 too."""

    id: str
    category: str
    first_minute: int
    last_minute: int
    interval_minutes: int
    covers_per_slot: int
    durations: Mapping[int, int]  # minutes by party size; -1 is the default
    weekdays: frozenset[int] = EVERY_DAY  # Monday is 0

    def duration(self, party_size: int) -> int:
        return self.durations.get(party_size, self.durations[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """Who may have which seatings of a shift, and for how much."""

    id: str
    persistent_id: str
    shift_id: str
    title: str
    description: str
    first_minute: int
    last_minute: int
    experience_id: str | None = None
    price: Price | None = None
    on_request: bool = False
    min_party: int = 1
    max_party: int = 8
    cutoff: Cutoff | None = None
    cancel_cutoff: Cutoff | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing: which scene, in which light."""

    name: str
    scene: str
    light: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    id: str
    venue_id: str
    slug: str
    name: str
    title: str
    description: str | None
    price_description: str | None
    is_featured: bool
    default_party_size: int | None
    sort_order: int
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a venue is. The zone is ours to know: SevenRooms records none."""

    address: str
    city: str
    country: str
    time_zone: str
    latitude: float
    longitude: float
    neighborhood: str | None = None
    cross_street: str | None = None
    state: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    id: str
    slug: str
    name: str
    place: Place
    currency_code: str
    cuisine: str | None
    atmosphere: str | None
    phone_number: str | None
    booking_policy: str
    cancellation_policy: str
    shifts: tuple[Shift, ...]
    rules: tuple[AccessRule, ...]
    experiences: tuple[Experience, ...]
    pictures: tuple[Picture, ...]
    primary_color: str = "#1f3a34"
    closed_weekdays: frozenset[int] = frozenset()
    allows_requests: bool = True
    # What a slot becomes when its covers are gone.
    when_full: Literal["request", "vanish"] = "request"
    request_min_size: int = 1
    request_max_size: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """`expires` is written as the CRM writes it: with an offset, without one, or not at all."""

    number: str
    tier: str
    status: str
    expires: str | None
    balance: Decimal
    type: str = "COMO CLUB"
    point_type: str = "C21 Points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`phone` is E.164; `country_code` is its first digits, without the plus."""

    customer_number: str
    first_name: str
    last_name: str
    email: str
    password: str = field(repr=False)
    phone: str | None
    country_code: str | None
    nationality: str
    birthday: str
    memberships: tuple[Membership, ...]
    must_reset_password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRate:
    """`from_rate` points are worth `to_rate` units of `currency`."""

    currency: str
    from_rate: Decimal
    to_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Everything a fresh sandbox knows."""

    client_id: str
    client_secret: str = field(repr=False)
    concierge_id: str
    concierge_name: str
    concierge_group_id: str
    venues: tuple[Venue, ...]
    members: tuple[Member, ...]
    conversion_rates: tuple[ConversionRate, ...]

    @property
    def experiences(self) -> tuple[Experience, ...]:
        return tuple(experience for venue in self.venues for experience in venue.experiences)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        venues = (picture for venue in self.venues for picture in venue.pictures)
        return (*venues, *(p for experience in self.experiences for p in experience.pictures))
