"""Lookups, each made at most once in a request.

Loaders are made anew for every request, inside the running loop. Every wait for one goes through
`shield`: a resolver that is cut short must neither cut its neighbours short nor leave a cancelled
answer behind for them. For the same reason deadlines lie around the lookups, not around the waits.
"""

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiodataloader import DataLoader

from bff.booking.view import BookingView, History
from bff.catalogue.model import CatalogueView, Experience, Venue, VenueDay
from bff.members.model import MemberSession, Standing
from bff.money import Rate
from clients.errors import NotSent, UpstreamError
from resolvers.budget import Budget
from resolvers.services import Services

T = TypeVar("T")
K = TypeVar("K")

# Twice an upstream call's usual time-out: one retry fits, a pile of them does not.
PATIENCE_SECONDS = 10.0
# Prices are shown without points rather than late.
RATES_PATIENCE_SECONDS = 1.0


@asynccontextmanager
async def patience(seconds: float, upstream: str, operation: str) -> AsyncIterator[None]:
    """Give a lookup up after a while. Errors: `NotSent`."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError as late:
        if not limit.expired():
            raise  # somebody else's time-out, and no business of ours
        raise NotSent(upstream, operation, "took too long") from late


async def loaded(loader: DataLoader[K, T | Exception], key: K) -> T:
    """The one place that waits for a DataLoader."""
    found = await asyncio.shield(loader.load(key))
    if isinstance(found, Exception):
        raise found
    return found


class Once(Generic[T]):
    """One lookup, made when somebody first asks, and shared by all who ask."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asked: asyncio.Future[T] | None = None

    async def load(self) -> T:
        if self._asked is None:
            self._asked = asyncio.ensure_future(self._ask())
            self._asked.add_done_callback(_look_at)
        return await asyncio.shield(self._asked)


def _look_at(done: asyncio.Future[T]) -> None:
    if not done.cancelled():
        done.exception()  # read, so that a caller who has left causes no warning


@dataclass(frozen=True, slots=True)
class DayKey:
    venue_id: str
    day: dt.date
    party_size: int


@dataclass(frozen=True, slots=True)
class RangeKey:
    venue_id: str
    start: dt.date
    days: int
    party_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The catalogue, found by id; experiences without a known venue are left out."""

    venues: Mapping[str, Venue]
    experiences: Mapping[str, Experience]
    as_of: dt.datetime
    is_stale: bool

    @classmethod
    def of(cls, view: CatalogueView) -> "Shelf":
        known = {it.id: it for it in view.experiences if it.venue_id in view.venues}
        return cls(venues=view.venues, experiences=known, as_of=view.as_of, is_stale=view.is_stale)


class Loaders:
    """Public lookups: nothing here knows a member."""

    def __init__(self, services: Services, *, for_member: bool = False) -> None:
        """`for_member`: free times must show what was booked a moment ago, at whichever copy."""
        self._services = services
        self._for_member = for_member
        self.budget = Budget()
        # An upstream was away, and the answer goes without what it would have said.
        self.lacks_something = False
        self._shelf = Once(self._ask_shelf)
        self._rates = Once(self._ask_rates)
        self._days: DataLoader[DayKey, VenueDay | Exception] = DataLoader(self._ask_days)
        self._ranges: DataLoader[RangeKey, Sequence[VenueDay] | Exception] = DataLoader(
            self._ask_ranges
        )
        self._paid: set[tuple[dt.date, int] | RangeKey] = set()

    async def shelf(self) -> Shelf:
        found = await self._shelf.load()
        self.lacks_something |= found.is_stale
        return found

    async def rates(self) -> Sequence[Rate]:
        """Points to money; none while the CRM is away, so that prices show without points."""
        return await self._rates.load()

    async def day(self, venue_id: str, day: dt.date, party_size: int) -> VenueDay:
        self._pay((day, party_size))
        return self._seen(await loaded(self._days, DayKey(venue_id, day, party_size)))

    async def days(
        self, venue_id: str, start: dt.date, days: int, party_size: int
    ) -> Sequence[VenueDay]:
        key = RangeKey(venue_id, start, days, party_size)
        self._pay(key)
        return [self._seen(it) for it in await loaded(self._ranges, key)]

    def _seen(self, day: VenueDay) -> VenueDay:
        self.lacks_something |= day.is_stale
        return day

    def _pay(self, call: tuple[dt.date, int] | RangeKey) -> None:
        """Each upstream call is paid for by whoever first needs it."""
        if call not in self._paid:
            self.budget.spend_lookup()
            self._paid.add(call)

    async def _ask_shelf(self) -> Shelf:
        async with patience(PATIENCE_SECONDS, "sevenrooms", "catalogue"):
            return Shelf.of(await self._services.catalogue.view())

    async def _ask_rates(self) -> Sequence[Rate]:
        with suppress(UpstreamError):
            async with patience(RATES_PATIENCE_SECONDS, "memberson", "conversion rates"):
                return await self._services.crm.rates()
        self.lacks_something = True
        return ()

    async def _ask_days(self, keys: list[DayKey]) -> list[VenueDay | Exception]:
        """One upstream call for each date and party size, whatever the number of venues."""
        groups: dict[tuple[dt.date, int], list[str]] = defaultdict(list)
        for key in keys:
            groups[key.day, key.party_size].append(key.venue_id)
        asked = await asyncio.gather(
            *(self._ask_group(ids, day, size) for (day, size), ids in groups.items())
        )
        found = {key: answer for group in asked for key, answer in group.items()}
        return [found[key] for key in keys]

    async def _ask_group(
        self, venue_ids: Sequence[str], day: dt.date, party_size: int
    ) -> dict[DayKey, VenueDay | Exception]:
        keys = {venue_id: DayKey(venue_id, day, party_size) for venue_id in venue_ids}
        try:
            async with patience(PATIENCE_SECONDS, "sevenrooms", "availability"):
                await self._catch_up()
                days = await self._services.catalogue.days(venue_ids, day, party_size)
        except Exception as failure:  # noqa: BLE001 - one group's failure is its own keys' answer
            return dict.fromkeys(keys.values(), failure)
        unknown = NotSent("sevenrooms", "availability", "nothing is known of this venue")
        return {key: days.get(venue_id, unknown) for venue_id, key in keys.items()}

    async def _ask_ranges(self, keys: list[RangeKey]) -> list[Sequence[VenueDay] | Exception]:
        return list(await asyncio.gather(*(self._ask_range(key) for key in keys)))

    async def _ask_range(self, key: RangeKey) -> Sequence[VenueDay] | Exception:
        try:
            async with patience(PATIENCE_SECONDS, "sevenrooms", "availability range"):
                await self._catch_up()
                return await self._services.catalogue.range(
                    key.venue_id, key.start, key.days, key.party_size
                )
        except Exception as failure:  # noqa: BLE001 - likewise
            return failure

    async def _catch_up(self) -> None:
        # Whoever is not signed in has booked nothing: their questions cost the ledger nothing.
        if self._for_member:
            await self._services.places.catch_up()


class MemberLoaders:
    """One member's lookups; there is none without a member."""

    def __init__(self, services: Services, session: MemberSession) -> None:
        self._services = services
        self._session = session
        self._standing = Once(self._ask_standing)
        self._history = Once(self._ask_history)
        self._bookings: DataLoader[str, BookingView | Exception | None] = DataLoader(
            self._ask_bookings
        )

    async def standing(self) -> Standing:
        return await self._standing.load()

    async def history(self) -> History:
        return await self._history.load()

    async def booking(self, booking_id: str) -> BookingView | None:
        return await loaded(self._bookings, booking_id)

    async def _ask_standing(self) -> Standing:
        async with patience(PATIENCE_SECONDS, "memberson", "standing"):
            return await self._services.crm.standing(self._session.profile.customer_number)

    async def _ask_history(self) -> History:
        async with patience(PATIENCE_SECONDS, "sevenrooms", "reservations"):
            return await self._services.history.of_member(self._session)

    async def _ask_bookings(self, ids: list[str]) -> list[BookingView | Exception | None]:
        return list(await asyncio.gather(*(self._ask_booking(it) for it in ids)))

    async def _ask_booking(self, booking_id: str) -> BookingView | Exception | None:
        try:
            async with patience(PATIENCE_SECONDS, "sevenrooms", "reservation"):
                return await self._services.history.one(self._session, booking_id)
        except Exception as failure:  # noqa: BLE001 - one booking's failure is its own answer
            return failure
