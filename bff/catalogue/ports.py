"""What the catalogue needs from the reservation system."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from bff.catalogue.model import CatalogueView, VenueDay


class Catalogue(Protocol):
    """Public data of the reservation system. Errors: `clients.errors.UpstreamError`."""

    async def view(self) -> CatalogueView:
        """Venues and experiences; cached, and the last known ones while upstream is away."""
        ...

    async def days(
        self, venue_ids: Sequence[str], day: dt.date, party_size: int, *, fresh: bool = False
    ) -> Mapping[str, VenueDay]:
        """Free times of many venues on one date: one upstream call. `fresh` skips every cache."""
        ...

    async def range(
        self, venue_id: str, start: dt.date, days: int, party_size: int
    ) -> Sequence[VenueDay]:
        """Free times of one venue on up to 31 days, one upstream call; a day each, in order."""
        ...

    def forget(self, venue_id: str, day: dt.date) -> None:
        """Drop what is cached of a day on which we have just sold or freed a place."""
        ...
