"""What a guest can look at: venues, experiences and free times."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bff.money import Money


class SlotKind(StrEnum):
    INSTANT = "INSTANT"
    ON_REQUEST = "ON_REQUEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """`time_zone` is an IANA name from our own configuration: SevenRooms records none."""

    id: str
    name: str
    time_zone: str
    currency: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    cuisine: str | None = None
    phone_number: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    id: str
    venue_id: str
    name: str
    summary: str | None = None
    description: str | None = None
    images: tuple[Image, ...] = ()
    is_featured: bool = False
    default_party_size: int | None = None
    price_from: Money | None = None
    sort_order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One free time for one party.

    `day` is the venue's business day, `starts_at` the true instant (after midnight it lies on the
    next calendar day). `time_text` is what SevenRooms wants to hear back. `price` is for the whole
    party; None means nothing is to be paid ahead.
    """

    venue_id: str
    experience_id: str | None
    day: dt.date
    time_text: str
    starts_at: dt.datetime
    party_size: int
    kind: SlotKind
    shift_persistent_id: str | None
    access_persistent_id: str | None
    duration_minutes: int | None = None
    remaining: int | None = None
    price: Money | None = None
    cancellation_policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueDay:
    """All free times of one venue on one business day for one party size."""

    venue_id: str
    day: dt.date
    party_size: int
    slots: tuple[Slot, ...]
    as_of: dt.datetime
    is_stale: bool = False

    def of_experience(self, experience_id: str) -> tuple[Slot, ...]:
        return tuple(slot for slot in self.slots if slot.experience_id == experience_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueView:
    """The whole public catalogue at one moment; experiences in their stable order."""

    venues: Mapping[str, Venue] = field(default_factory=dict)
    experiences: tuple[Experience, ...] = ()
    as_of: dt.datetime
    is_stale: bool = False
