"""Stand-ins for what the resolvers ask: each counts what it was asked, and can be away."""

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bff.auth.principal import Principal
from bff.booking.outcomes import Accepted, Cancelled, CancelOutcome, CardOutcome, PointsOutcome
from bff.booking.view import BookingView, History
from bff.catalogue.model import CatalogueView, Slot, VenueDay
from bff.members.model import MemberSession, Membership, MembershipStatus, Profile, Standing
from bff.members.outcomes import SignInOutcome
from bff.members.ports import CrmSession
from bff.money import Rate
from tests.fake_clock import NOON
from tests.unit.resolvers.samples import booking, experience, session, signed_in, slot, venue


@dataclass
class FakeCatalogue:
    calls: Counter[str] = field(default_factory=Counter)
    venues: int = 5
    experiences: int = 40
    away: Exception | None = None
    days_away: Exception | None = None
    unknown_venues: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    stale: bool = False

    async def view(self) -> CatalogueView:
        self.calls["view"] += 1
        if self.away:
            raise self.away
        all_of_them = (experience(n, self.venues) for n in range(self.experiences))
        return CatalogueView(
            venues={f"v{n}": venue(n) for n in range(self.venues)},
            experiences=tuple(it for it in all_of_them if it.id not in self.hidden),
            as_of=NOON,
            is_stale=self.stale,
        )

    async def days(
        self, venue_ids: Sequence[str], day: dt.date, party_size: int, *, fresh: bool = False
    ) -> Mapping[str, VenueDay]:
        self.calls["days"] += 1
        if self.days_away:
            raise self.days_away
        known = [it for it in venue_ids if it not in self.unknown_venues]
        return {it: self._day(it, day, party_size) for it in known}

    async def range(
        self, venue_id: str, start: dt.date, days: int, party_size: int
    ) -> Sequence[VenueDay]:
        self.calls["range"] += 1
        if self.days_away:
            raise self.days_away
        each = (start + dt.timedelta(days=n) for n in range(days))
        return [self._day(venue_id, day, party_size) for day in each]

    def forget(self, venue_id: str, day: dt.date) -> None:
        self.calls["forget"] += 1

    def _day(self, venue_id: str, day: dt.date, party_size: int) -> VenueDay:
        here = [
            it
            for it in (experience(n, self.venues) for n in range(self.experiences))
            if it.venue_id == venue_id
        ]
        slots = tuple(
            slot(it.id, venue_id, day, party_size, hour) for it in here for hour in (21, 19)
        )
        return VenueDay(
            venue_id=venue_id,
            day=day,
            party_size=party_size,
            slots=slots,
            as_of=NOON,
            is_stale=self.stale,
        )


@dataclass
class FakePlaces:
    looks: int = 0

    async def catch_up(self) -> None:
        self.looks += 1


@dataclass
class FakeCrm:
    calls: Counter[str] = field(default_factory=Counter)
    away: Exception | None = None
    balance: int | None = 1200

    async def find(self, email: str) -> Sequence[str]:
        raise NotImplementedError

    async def sign_in(self, customer_number: str, password: str) -> CrmSession:
        raise NotImplementedError

    async def profile(self, customer_number: str) -> Profile:
        raise NotImplementedError

    async def standing(self, customer_number: str) -> Standing:
        self.calls["standing"] += 1
        if self.away:
            raise self.away
        return Standing(
            membership=Membership(number="M1", status=MembershipStatus.ACTIVE, tier="Gold"),
            balance=self.balance,
            currency="C21 Points",
            as_of=NOON,
        )

    async def rates(self) -> Sequence[Rate]:
        self.calls["rates"] += 1
        if self.away:
            raise self.away
        return [Rate(currency="SGD", from_rate=Decimal(10), to_rate=Decimal(3))]


@dataclass
class FakeMembers:
    calls: Counter[str] = field(default_factory=Counter)
    known: dict[str, MemberSession] = field(
        default_factory=lambda: {"sub-ada": session(), "sub-bob": session("sub-bob", "Bob")}
    )

    async def of(self, principal: Principal) -> MemberSession | None:
        self.calls["of"] += 1
        return self.known.get(principal.sub)


@dataclass
class FakeSignIn:
    answer: SignInOutcome = field(default_factory=signed_in)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def sign_in(self, email: str, password: str, address: str) -> SignInOutcome:
        self.asked.append((email, password, address))
        return self.answer

    async def refresh(self, refresh_token: str, address: str) -> SignInOutcome:
        self.asked.append((refresh_token, address))
        return self.answer


@dataclass
class FakeSigner:
    signed: list[tuple[Slot, int | None, dt.datetime]] = field(default_factory=list)

    def sign(self, slot: Slot, points: int | None, now: dt.datetime) -> str:
        self.signed.append((slot, points, now))
        return f"{slot.experience_id}-{slot.time_text}-{points}"


@dataclass
class FakeBookings:
    points: PointsOutcome = field(default_factory=lambda: Accepted(booking=booking()))
    card: CardOutcome = field(default_factory=lambda: Accepted(booking=booking()))
    cancelling: CancelOutcome = field(default_factory=lambda: Cancelled(booking=booking()))
    breaks: Exception | None = None
    asked: list[dict[str, object]] = field(default_factory=list)

    async def book_with_points(
        self, member: MemberSession, *, key: str, slot_id: str, notes: str | None
    ) -> PointsOutcome:
        self._note(sub=member.sub, key=key, slot_id=slot_id, notes=notes)
        return self.points

    async def book_with_card(
        self,
        member: MemberSession,
        *,
        key: str,
        slot_id: str,
        notes: str | None,
        stripe_version: str | None,
    ) -> CardOutcome:
        self._note(sub=member.sub, key=key, slot_id=slot_id, notes=notes, version=stripe_version)
        return self.card

    async def confirm_card_booking(self, member: MemberSession, booking_id: str) -> CardOutcome:
        self._note(sub=member.sub, booking_id=booking_id)
        return self.card

    async def cancel(self, member: MemberSession, booking_id: str) -> CancelOutcome:
        self._note(sub=member.sub, booking_id=booking_id)
        return self.cancelling

    def _note(self, **asked: object) -> None:
        self.asked.append(asked)
        if self.breaks:
            raise self.breaks


@dataclass
class FakeHistory:
    """Everything belongs to Ada."""

    bookings: tuple[BookingView, ...] = field(
        default_factory=lambda: tuple(booking(n) for n in range(10))
    )
    is_partial: bool = False
    away: Exception | None = None
    calls: Counter[str] = field(default_factory=Counter)
    steps: tuple[BookingView, ...] = ()
    closed: bool = False

    async def of_member(self, member: MemberSession) -> History:
        self.calls["of_member"] += 1
        if self.away:
            raise self.away
        return History(bookings=self._of(member), is_partial=self.is_partial)

    async def one(self, member: MemberSession, booking_id: str) -> BookingView | None:
        self.calls["one"] += 1
        if self.away:
            raise self.away
        return next((it for it in self._of(member) if it.id == booking_id), None)

    async def changes(self, member: MemberSession, booking_id: str) -> AsyncIterator[BookingView]:
        try:
            for step in self.steps:
                yield step
        finally:
            self.closed = True

    def _of(self, member: MemberSession) -> tuple[BookingView, ...]:
        return self.bookings if member.sub == "sub-ada" else ()
