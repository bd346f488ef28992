"""A member's own bookings: the list, one of them, and its changes."""

import datetime as dt
from collections.abc import AsyncGenerator, Mapping
from typing import Annotated
from zoneinfo import ZoneInfo

import strawberry

from bff.booking.view import BookingView
from bff.catalogue.model import Venue
from clients.errors import UpstreamError
from resolvers.bookings import Booking, BookingConnection, BookingEdge, BookingStatus
from resolvers.connections import Key, page
from resolvers.context import Context, Info, SignedInMember
from resolvers.errors import NotFound
from resolvers.fields import resolved, watched
from resolvers.ids import raw_id

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@strawberry.input(description="Which bookings; what is absent or null does not matter.")
class BookingFilter:
    status: list[BookingStatus] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only in one of these. An empty list counts as absent.",
    )
    from_: dt.date | None = strawberry.field(
        name="from",
        default=strawberry.UNSET,
        description="Only those that begin on this calendar day at the venue, or later.",
    )
    to: dt.date | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only those that begin on this calendar day at the venue, or earlier.",
    )


FilterArgument = Annotated[
    BookingFilter | None, strawberry.argument(description="Null shows all bookings.")
]
BookingId = Annotated[strawberry.ID, strawberry.argument(description="A Booking's id.")]


async def bookings_of(
    member: SignedInMember,
    context: Context,
    *,
    first: int | None,
    after: str | None,
    wanted: BookingFilter,
) -> BookingConnection:
    history = await member.loaders.history()
    venues = await _venues(context) if wanted.from_ or wanted.to else {}
    found = [view for view in history.bookings if _is_wanted(view, wanted, venues)]
    part = page("booking", found, _key, first=first, after=after)
    context.loaders.budget.spend_rows(len(part.rows))
    edges = [BookingEdge(node=Booking.of(view), cursor=cursor) for view, cursor in part.rows]
    return BookingConnection(edges=edges, page_info=part.info, is_partial=history.is_partial)


def _key(view: BookingView) -> Key:
    """Latest start first; the id tells apart what begins at the same moment."""
    return (-((view.starts_at - _EPOCH) // dt.timedelta(microseconds=1)), view.id)


async def _venues(context: Context) -> Mapping[str, Venue]:
    try:
        return (await context.loaders.shelf()).venues
    except UpstreamError:
        return {}


def _is_wanted(view: BookingView, wanted: BookingFilter, venues: Mapping[str, Venue]) -> bool:
    if wanted.status and BookingStatus[view.status.name] not in wanted.status:
        return False
    day = _local_day(view, venues)
    return not ((wanted.from_ and day < wanted.from_) or (wanted.to and day > wanted.to))


def _local_day(view: BookingView, venues: Mapping[str, Venue]) -> dt.date:
    """The day at the venue; by the time's own offset where the venue is not known."""
    venue = venues.get(view.venue_id)
    starts_at = view.starts_at.astimezone(ZoneInfo(venue.time_zone)) if venue else view.starts_at
    return starts_at.date()


async def own_booking(context: Context, booking_id: str | None) -> Booking | None:
    """A booking of the signed-in member; a stranger's is as one that does not exist."""
    member = await context.member()
    if booking_id is None:
        return None
    view = await member.loaders.booking(booking_id)
    return Booking.of(view) if view is not None else None


@strawberry.type
class BookingQuery:
    @resolved(
        "Only the member's own; another member's booking is null, as if it did not exist. "
        "UNAUTHENTICATED without a valid token.",
        cost=5,
    )
    async def booking(self, info: Info, id: BookingId) -> Booking | None:  # noqa: A002 - likewise
        return await own_booking(info.context, raw_id(id, "Booking"))


@strawberry.type
class BookingSubscription:
    @watched(
        "The booking now, then each change of its status, until it is final. UNAUTHENTICATED "
        "without a valid token, NOT_FOUND for an unknown booking or another member's."
    )
    async def booking_changed(
        self,
        info: Info,
        id: BookingId,  # noqa: A002 - the contract's name
    ) -> AsyncGenerator[Booking, None]:
        member = await info.context.member()
        booking_id = raw_id(id, "Booking")
        if booking_id is None or await member.loaders.booking(booking_id) is None:
            raise NotFound
        changes = info.context.services.history.changes(member.session, booking_id)
        try:
            async for view in changes:
                yield Booking.of(view)
        finally:
            if isinstance(changes, AsyncGenerator):
                await changes.aclose()
