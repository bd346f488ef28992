"""Experiences and their venues: public."""

import datetime as dt

import strawberry

from bff.catalogue import model
from resolvers import availability
from resolvers.availability import Availability, Day, Days, From, PartySize
from resolvers.cache_hints import CATALOGUE, cached
from resolvers.connections import PageInfo
from resolvers.context import Info
from resolvers.fields import resolved
from resolvers.ids import global_id
from resolvers.nodes import Node
from resolvers.prices import Price
from resolvers.scalars import URL


@cached(CATALOGUE)
@strawberry.type(description="A picture.")
class Image:
    url: URL = strawberry.field(description="Where the picture is.")
    width: int | None = strawberry.field(description="Pixels; null when unknown.")
    height: int | None = strawberry.field(description="Pixels; null when unknown.")

    @classmethod
    def all_of(cls, images: tuple[model.Image, ...]) -> list["Image"]:
        return [cls(url=URL(it.url), width=it.width, height=it.height) for it in images]


@cached(CATALOGUE)
@strawberry.type(description="A restaurant, bar or spa that hosts experiences.")
class Venue(Node):
    name: str = strawberry.field(description="As guests know it.")
    address: str | None = strawberry.field(description="Street and number, on one line.")
    city: str | None = strawberry.field(description="The city, in English.")
    country: str | None = strawberry.field(description="The country, as the venue writes it.")
    cuisine: str | None = strawberry.field(description="What is cooked here, in a word or two.")
    phone_number: str | None = strawberry.field(description="To call the venue.")
    time_zone: str = strawberry.field(
        description="IANA name, such as `Asia/Singapore`: the zone of its days and times."
    )
    images: list[Image] = strawberry.field(
        description="The best one first; may be empty.", metadata={"size": 3}
    )

    @classmethod
    def of(cls, venue: model.Venue) -> "Venue":
        return cls(
            id=global_id("Venue", venue.id),
            name=venue.name,
            address=venue.address,
            city=venue.city,
            country=venue.country,
            cuisine=venue.cuisine,
            phone_number=venue.phone_number,
            time_zone=venue.time_zone,
            images=Image.all_of(venue.images),
        )


@cached(CATALOGUE)
@strawberry.type(description="Something a guest can book at a venue.")
class Experience(Node):
    _it: strawberry.Private[model.Experience]
    _venue: strawberry.Private[model.Venue]

    name: str = strawberry.field(description="As guests know it.")
    summary: str | None = strawberry.field(description="A line or two, for lists.")
    description: str | None = strawberry.field(description="The whole story, as plain text.")
    images: list[Image] = strawberry.field(
        description="The best one first; may be empty.", metadata={"size": 3}
    )
    is_featured: bool = strawberry.field(description="True when it is to be shown first.")
    default_party_size: int | None = strawberry.field(
        description="How many guests to suggest; null when the venue does not say."
    )

    @resolved("From this much per person; null when the venue does not say.")
    async def price_from(self, info: Info) -> Price | None:
        if self._it.price_from is None:
            return None
        return Price.of(self._it.price_from, await info.context.loaders.rates())

    @resolved("Where it takes place.")
    def venue(self) -> Venue:
        return Venue.of(self._venue)

    @resolved(
        "Free times on one day. Null with UPSTREAM_UNAVAILABLE on this path while the "
        "reservation system is away and nothing is known. For many experiences on one date "
        "this costs one call.",
        cost=5,
    )
    async def availability(
        self, info: Info, date: Day, party_size: PartySize
    ) -> Availability | None:
        return await availability.on_day(info.context, self._it, date, party_size)

    @resolved(
        "Free times over some days: one entry a day, in order, at most 31.", cost=10, size="days"
    )
    async def calendar(
        self, info: Info, from_: From, days: Days, party_size: PartySize
    ) -> list[Availability] | None:
        return await availability.over_days(info.context, self._it, from_, days, party_size)

    @classmethod
    def of(cls, it: model.Experience, venue: model.Venue) -> "Experience":
        return cls(
            _it=it,
            _venue=venue,
            id=global_id("Experience", it.id),
            name=it.name,
            summary=it.summary,
            description=it.description,
            images=Image.all_of(it.images),
            is_featured=it.is_featured,
            default_party_size=it.default_party_size,
        )


@cached(CATALOGUE)
@strawberry.type(description="One experience within a list.")
class ExperienceEdge:
    node: Experience = strawberry.field(description="The experience.")
    cursor: str = strawberry.field(description="Its place in the list, to give as `after`.")


@cached(CATALOGUE)
@strawberry.type(description="A page of experiences.")
class ExperienceConnection:
    edges: list[ExperienceEdge] = strawberry.field(
        description="The page's rows, in order.", metadata={"size": 1}
    )
    page_info: PageInfo = strawberry.field(description="Whether there is more, and where.")
    as_of: dt.datetime = strawberry.field(description="When the reservation system said so.")
    is_stale: bool = strawberry.field(
        description=(
            "True when the reservation system, or one of its venues, could not be asked and this "
            "is what it last said. It may be a day old; `asOf` tells."
        )
    )
