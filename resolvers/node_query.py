"""Relay's way back from an id to its thing."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from resolvers.booking_lists import own_booking
from resolvers.catalogue import find_experience
from resolvers.context import Context, Info
from resolvers.experiences import Venue
from resolvers.fields import resolved
from resolvers.ids import Kind, read_global_id
from resolvers.members import Member
from resolvers.nodes import Node

NodeId = Annotated[strawberry.ID, strawberry.argument(description="Any global id.")]


async def _experience(context: Context, raw: str) -> Node | None:
    return find_experience(await context.loaders.shelf(), raw)


async def _venue(context: Context, raw: str) -> Node | None:
    venue = (await context.loaders.shelf()).venues.get(raw)
    return Venue.of(venue) if venue is not None else None


async def _member(context: Context, raw: str) -> Node | None:
    """Nobody but the member themselves."""
    member = await context.member()
    return Member.of(member) if member.session.sub == raw else None


_FINDERS: dict[Kind, Callable[[Context, str], Awaitable[Node | None]]] = {
    "Experience": _experience,
    "Venue": _venue,
    "Member": _member,
    "Booking": own_booking,
}


@strawberry.type
class NodeQuery:
    @resolved(
        "Anything by its global id; null when there is none, or when it is another member's. "
        "Members and bookings: UNAUTHENTICATED without a valid token.",
        cost=5,
    )
    async def node(
        self,
        info: Info,
        id: NodeId,  # noqa: A002 - the contract's name
    ) -> Node | None:
        found = read_global_id(id)
        if found is None:
            return None
        kind, raw = found
        return await _FINDERS[kind](info.context, raw)
