"""The public catalogue through SevenRooms: cached, batched, and there while SevenRooms is not."""

import asyncio
import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bff.catalogue.model import CatalogueView, Experience, Venue, VenueDay
from bff.clock import Clock
from bff.gateways.places import VenueWords, experiences_of, order
from bff.gateways.venue_days import shown, venue_day
from clients.caching import Cache, Stats
from clients.errors import Malformed, UpstreamError
from clients.sevenrooms.paths import UPSTREAM
from clients.sevenrooms.read import SevenRoomsReads

log = logging.getLogger(__name__)

# Venues and experiences change by the hand of a person. Ten minutes more they are renewed behind
# the guest's back; a day long the last known ones are better than an empty app.
VIEW_TTL_SECONDS = 60
VIEW_REVALIDATE_SECONDS = 600
VIEW_STALE_SECONDS = 24 * 3600
# Free times change with every booking; a hold tells the truth in the end.
DAY_TTL_SECONDS = 10
DAY_STALE_SECONDS = 3600
# A month of every venue for several party sizes.
MAX_DAYS = 4096
# One view is a call for each venue; this many at once leave room for guests who book.
EXPERIENCES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class _DayKey:
    venue_id: str
    day: dt.date
    party_size: int


class SevenRoomsCatalogue:
    """`bff.catalogue.ports.Catalogue`."""

    def __init__(
        self, reads: SevenRoomsReads, *, time_zones: Mapping[str, str], clock: Clock
    ) -> None:
        self._reads = reads
        self._clock = clock
        self._words = VenueWords(time_zones)
        self._views: Cache[None, CatalogueView] = Cache(
            "catalogue",
            ttl_seconds=VIEW_TTL_SECONDS,
            revalidate_seconds=VIEW_REVALIDATE_SECONDS,
            stale_seconds=VIEW_STALE_SECONDS,
            max_entries=1,
            now=self._seconds,
            # A venue that failed must not be missing for a whole minute.
            is_brief=lambda view: view.is_stale or not view.experiences,
        )
        self._days: Cache[_DayKey, VenueDay] = Cache(
            "free times",
            ttl_seconds=DAY_TTL_SECONDS,
            stale_seconds=DAY_STALE_SECONDS,
            max_entries=MAX_DAYS,
            now=self._seconds,
        )
        # Those that were ever asked for, a few dozen at most: under them a day may be kept.
        self._party_sizes: set[int] = set()
        # What each venue offered when it could last be asked.
        self._offered: dict[str, list[Experience]] = {}

    async def view(self) -> CatalogueView:
        known = await self._views.get(None, self._load_view)
        return replace(known.value, is_stale=True) if known.is_stale else known.value

    async def renew(self) -> None:
        """Read venues and experiences ahead of time, so that no guest waits for them.

        Errors: `UpstreamError`; what is known stays.
        """
        await self._views.renew(None, self._load_view)

    async def days(
        self, venue_ids: Sequence[str], day: dt.date, party_size: int, *, fresh: bool = False
    ) -> Mapping[str, VenueDay]:
        """A venue that is unknown, or of which nothing is known while upstream is away, is missing.

        Errors: `UpstreamError`, where nothing at all can be said.
        """
        venues = (await self.view()).venues
        wanted = [venues[venue_id] for venue_id in dict.fromkeys(venue_ids) if venue_id in venues]
        if not wanted:
            return {}

        async def load(keys: Sequence[_DayKey]) -> Mapping[_DayKey, VenueDay]:
            asked = [venues[key.venue_id] for key in keys]
            found = await self._load_days(asked, day, party_size)
            return {key: found[key.venue_id] for key in keys}

        self._party_sizes.add(party_size)
        keys = [_DayKey(venue.id, day, party_size) for venue in wanted]
        if fresh:
            found = await self._days.load_many(keys, load)
            return {key.venue_id: known for key, known in found.items()}
        known = await self._days.get_many(keys, load)
        now = self._clock.now()
        return {
            key.venue_id: shown(entry.value, now, is_stale=entry.is_stale)
            for key, entry in known.items()
        }

    async def range(
        self, venue_id: str, start: dt.date, days: int, party_size: int
    ) -> Sequence[VenueDay]:
        """Shares its days with `days`: what one of them has asked the other need not ask.

        Empty for an unknown venue. Errors: `UpstreamError`.
        """
        venue = (await self.view()).venues.get(venue_id)
        if venue is None:
            return ()

        async def load(keys: Sequence[_DayKey]) -> Mapping[_DayKey, VenueDay]:
            asked = sorted(key.day for key in keys)
            found = await self._load_range(venue, asked[0], asked[-1], party_size)
            return {key: found[key.day] for key in keys}

        self._party_sizes.add(party_size)
        keys = [_DayKey(venue_id, day, party_size) for day in _days(start, days)]
        known = await self._days.get_many(keys, load)
        now = self._clock.now()
        return [
            shown(known[key].value, now, is_stale=known[key].is_stale)
            for key in keys
            if key in known
        ]

    def forget(self, venue_id: str, day: dt.date) -> None:
        """Of what was known before, only that it is stale can be said from now on."""
        for party_size in self._party_sizes:
            self._days.expire(_DayKey(venue_id, day, party_size))

    @property
    def stats(self) -> Sequence[Stats]:
        return self._views.stats, self._days.stats

    async def aclose(self) -> None:
        await self._views.aclose()
        await self._days.aclose()

    def _seconds(self) -> float:
        return self._clock.now().timestamp()

    async def _load_view(self) -> CatalogueView:
        as_of = self._clock.now()
        venues = self._words.of_all(await self._reads.venues())
        if self._offered and not venues:
            raise Malformed(UPSTREAM, "venues", "all venues are gone")
        gate = asyncio.Semaphore(EXPERIENCES_AT_ONCE)
        offered = await asyncio.gather(*(self._offer(venue, gate) for venue in venues.values()))
        known = [offer for offer in offered if not isinstance(offer, UpstreamError)]
        failures = [offer for offer in offered if isinstance(offer, UpstreamError)]
        if failures and not known:
            raise failures[0]
        return CatalogueView(
            venues=venues,
            experiences=tuple(sorted((item for items in known for item in items), key=order)),
            as_of=as_of,
            is_stale=bool(failures),
        )

    async def _offer(
        self, venue: Venue, gate: asyncio.Semaphore
    ) -> list[Experience] | UpstreamError:
        """What the venue offers, or last offered; the failure where neither can be said."""
        async with gate:
            try:
                items = await self._reads.experiences(venue.id)
            except UpstreamError as failure:
                log.warning("experiences of venue %s not read: %s", venue.id, failure)
                return self._offered.get(venue.id, failure)
        self._offered[venue.id] = experiences_of(venue, items)
        return self._offered[venue.id]

    async def _load_days(
        self, venues: Sequence[Venue], day: dt.date, party_size: int
    ) -> dict[str, VenueDay]:
        """One call for all; a venue that the answer leaves out has nothing free."""
        as_of = self._clock.now()
        asked = [venue.id for venue in venues]
        times = await self._reads.availability_of_many(asked, day, party_size)
        slots = {item.venue_id: item.timeslots for item in times if not item.is_closed}
        return {
            venue.id: self._ahead(venue_day(venue, day, party_size, slots.get(venue.id, ()), as_of))
            for venue in venues
        }

    async def _load_range(
        self, venue: Venue, first: dt.date, last: dt.date, party_size: int
    ) -> dict[dt.date, VenueDay]:
        as_of = self._clock.now()
        count = (last - first).days + 1
        times = await self._reads.availability_range(venue.id, first, count, party_size)
        slots = {day: item.timeslots for day, item in times.items() if not item.is_closed}
        return {
            day: self._ahead(venue_day(venue, day, party_size, slots.get(day, ()), as_of))
            for day in _days(first, count)
        }

    def _ahead(self, known: VenueDay) -> VenueDay:
        return shown(known, self._clock.now(), is_stale=False)


def _days(first: dt.date, count: int) -> Iterator[dt.date]:
    left = (dt.date.max - first).days + 1  # the calendar ends
    return (first + dt.timedelta(days=ahead) for ahead in range(min(count, left)))
