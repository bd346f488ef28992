"""The signed-in member."""

import datetime as dt
from enum import Enum

import strawberry

from bff.members import model
from resolvers.booking_lists import BookingFilter, FilterArgument, bookings_of
from resolvers.bookings import BookingConnection
from resolvers.cache_hints import PRIVATE, cached
from resolvers.connections import DEFAULT_FIRST, After, First
from resolvers.context import Info, SignedInMember
from resolvers.fields import resolved
from resolvers.ids import global_id
from resolvers.nodes import Node


@strawberry.enum(description="Whether a membership is in force.")
class MembershipStatus(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="In force.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Over; it can be renewed.")
    TERMINATED = strawberry.enum_value("TERMINATED", description="Ended for good.")
    UNKNOWN = strawberry.enum_value(
        "UNKNOWN", description="The CRM uses a status that we do not know."
    )


@cached(PRIVATE)
@strawberry.type(description="The membership as the CRM has it.")
class Membership:
    number: str = strawberry.field(description="The number on the card.")
    tier: str | None = strawberry.field(description="The tier's name, as members know it.")
    status: MembershipStatus = strawberry.field(description="Whether it is in force.")
    expires_at: dt.datetime | None = strawberry.field(
        description="When it ends; null for one without an end."
    )

    @classmethod
    def of(cls, it: model.Membership) -> "Membership":
        return cls(
            number=it.number,
            tier=it.tier,
            status=MembershipStatus[it.status.name],
            expires_at=it.expires_at,
        )


@cached(PRIVATE)
@strawberry.type(description="What the member has to spend.")
class PointsBalance:
    balance: int = strawberry.field(description="Whole points.")
    currency: str = strawberry.field(description="What the points are called.")
    as_of: dt.datetime = strawberry.field(description="When the CRM said so.")


@cached(PRIVATE)
@strawberry.type(description="The signed-in member. Nobody else can see it.")
class Member(Node):
    _signed_in: strawberry.Private[SignedInMember]

    first_name: str = strawberry.field(description="As the CRM had it at the last sign-in.")
    last_name: str = strawberry.field(description="As the CRM had it at the last sign-in.")
    email: str = strawberry.field(description="As the CRM had it at the last sign-in.")
    phone_number: str | None = strawberry.field(description="As the CRM had it; null if none.")

    @resolved(
        "Null when there is none. Null with UPSTREAM_UNAVAILABLE on this path while the CRM "
        "is out of reach.",
        cost=5,
    )
    async def membership(self) -> Membership | None:
        standing = await self._signed_in.loaders.standing()
        return Membership.of(standing.membership) if standing.membership is not None else None

    @resolved(
        "Null when the member has no points account. Null with UPSTREAM_UNAVAILABLE on this "
        "path while the CRM is out of reach.",
        cost=5,
    )
    async def points(self) -> PointsBalance | None:
        standing = await self._signed_in.loaders.standing()
        if standing.balance is None:
            return None
        return PointsBalance(
            balance=standing.balance, currency=standing.currency, as_of=standing.as_of
        )

    @resolved(
        "All bookings, made here or elsewhere, each once, latest start first. See "
        "`isPartial` for when the reservation system is away.",
        cost=10,
        size="first",
    )
    async def bookings(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = strawberry.UNSET,
        filter: FilterArgument = strawberry.UNSET,  # noqa: A002 - the contract's name
    ) -> BookingConnection | None:
        wanted = filter or BookingFilter()
        return await bookings_of(
            self._signed_in, info.context, first=first, after=after, wanted=wanted
        )

    @classmethod
    def of(cls, signed_in: SignedInMember) -> "Member":
        profile = signed_in.session.profile
        return cls(
            _signed_in=signed_in,
            id=global_id("Member", signed_in.session.sub),
            first_name=profile.first_name,
            last_name=profile.last_name,
            email=profile.email,
            phone_number=profile.phone_number,
        )


@strawberry.type
class MemberQuery:
    @resolved(
        "The signed-in member; UNAUTHENTICATED without a valid token. Its extension `reason` "
        "tells `expired` (refresh the session) from `invalid`, `no_session` and `no_token` "
        "(sign in)."
    )
    async def me(self, info: Info) -> Member | None:
        return Member.of(await info.context.member())
