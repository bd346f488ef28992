"""Our gateways over the running stand-in."""

import contextlib
import dataclasses
import datetime as dt
import functools
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bff.booking.identity import terms_of
from bff.booking.model import Booking
from bff.catalogue.model import Slot, SlotKind
from bff.catalogue.slot_tokens import SlotTokens
from bff.clock import SystemClock
from bff.gateways.catalogue import SevenRoomsCatalogue
from bff.gateways.guest_reservations import SevenRoomsGuestReservations
from bff.gateways.reservations import SevenRoomsReservations
from clients.sevenrooms.auth import fetch_token
from clients.sevenrooms.link import Link
from clients.sevenrooms.read import SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites
from clients.tokens import TokenKeeper
from clients.transport import open_transport
from tests.booking_samples import BOOKING
from tests.sandbox_process import Sandbox

DAYS_AHEAD = 20


@dataclass
class House:
    sandbox: Sandbox
    catalogue: SevenRoomsCatalogue
    reservations: SevenRoomsReservations
    guests: SevenRoomsGuestReservations
    reads: SevenRoomsReads

    async def free(self, kind: SlotKind = SlotKind.INSTANT, *, paid: bool = False) -> Slot:
        """The first such time of any venue in the next weeks."""
        view = await self.catalogue.view()
        today = SystemClock().now().date()
        for ahead in range(2, DAYS_AHEAD):
            day = today + dt.timedelta(days=ahead)
            found = await self.catalogue.days(list(view.venues), day, 2)
            for slot in (slot for each in found.values() for slot in each.slots):
                if slot.kind is kind and (slot.price is not None or not paid):
                    return slot
        raise AssertionError(f"no {kind} slot")

    def books(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.sandbox.books("sevenrooms")[name]
        return rows

    def calls(self, path: str) -> int:
        return len(self.sandbox.calls("sevenrooms", path=path))


@contextlib.asynccontextmanager
async def opened(sandbox: Sandbox, *, timeout_seconds: float = 5) -> AsyncIterator[House]:
    env, clock = sandbox.environment, SystemClock()
    zones: Mapping[str, str] = json.loads(Path(env["VENUE_TIME_ZONES_FILE"]).read_text("utf-8"))
    async with open_transport(
        "sevenrooms", env["SEVENROOMS_URL"], timeout_seconds=timeout_seconds
    ) as transport:
        fetch = functools.partial(
            fetch_token,
            transport,
            env["SEVENROOMS_CLIENT_ID"],
            env["SEVENROOMS_CLIENT_SECRET"],
        )
        link = Link(
            transport=transport,
            tokens=TokenKeeper(fetch, clock.now),
            concierge_id=env["SEVENROOMS_CONCIERGE_ID"],
            concierge_group_id=env["SEVENROOMS_CONCIERGE_GROUP_ID"],
        )
        reads, writes = SevenRoomsReads(link), SevenRoomsWrites(link)
        catalogue = SevenRoomsCatalogue(reads, time_zones=zones, clock=clock)
        yield House(
            sandbox=sandbox,
            catalogue=catalogue,
            reservations=SevenRoomsReservations(reads, writes, request_search=True, clock=clock),
            guests=SevenRoomsGuestReservations(reads, time_zones=zones, clock=clock),
            reads=reads,
        )
        await catalogue.aclose()


def booking(slot: Slot, booking_id: str = "bk_1", **guest: Any) -> Booking:
    """The sample guest's wish for this slot, by way of a signed slot id."""
    tokens, now = SlotTokens((b"k" * 32,), 900), SystemClock().now()
    terms = terms_of(tokens.read(tokens.sign(slot, None, now), now))
    return dataclasses.replace(
        BOOKING,
        id=booking_id,
        terms=terms,
        guest=dataclasses.replace(BOOKING.guest, **guest),
    )
