"""What all copies tell each other of places, in memory; it can be away, or not answer."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from bff.catalogue.place_news import PlacesMoved


@dataclass
class FakeNews:
    """Implements the port PlaceNews. `looks`: since and until of each look that was begun.

    While `gate` is closed nothing is answered; `is_asked` is set once something was.
    """

    kept: list[PlacesMoved] = field(default_factory=list)
    looks: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    away: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def tell(self, moved: PlacesMoved) -> None:
        await self._reach()
        self.kept.append(moved)

    async def told(self, since: dt.datetime, until: dt.datetime) -> Sequence[PlacesMoved]:
        self.looks.append((since, until))
        latest = {(moved.venue_id, moved.day): moved for moved in self.kept}
        found = [moved for moved in latest.values() if since <= moved.at <= until]
        await self._reach()
        return found

    async def _reach(self) -> None:
        self.is_asked.set()
        await self.gate.wait()
        if self.away is not None:
            raise self.away
