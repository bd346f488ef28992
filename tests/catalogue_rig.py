"""A catalogue of two venues over a SevenRooms of set answers."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx

from bff.gateways.catalogue import SevenRoomsCatalogue
from tests.fake_clock import FakeClock
from tests.sevenrooms_wire import CONCIERGE, Wire, reading, says

DAY = dt.date(2026, 11, 22)
VENUES = CONCIERGE + "/venues"
MANY = CONCIERGE + "/availability/dining/venues"
RANGE = CONCIERGE + "/venues/v_1/availability/range"
ZONES = {"v_1": "Asia/Singapore", "v_2": "Asia/Tokyo"}


def venue(venue_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": venue_id, "name": f"Venue {venue_id}", "currency_code": "SGD", **fields}


def experience(experience_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": experience_id, "name": f"Experience {experience_id}", "sort_order": 0, **fields}


def slot(hour: int, **fields: Any) -> dict[str, Any]:
    """Free on DAY at `hour`, Singapore time; noon UTC is 20:00 there."""
    return {
        "type": "book",
        "time": f"{hour - 12}:00 PM",
        "real_datetime_of_slot": f"{DAY} {hour}:00:00",
        "access_persistent_id": f"v_1-access-{hour}",
        "shift_persistent_id": "v_1-DINNER-1",
        "experience_id": "e_1",
        **fields,
    }


def times(*slots: dict[str, Any], venue_id: str = "v_1") -> dict[str, Any]:
    return {"venue": {"id": venue_id}, "timeslots": list(slots)}


def two_venues() -> Wire:
    wire = Wire()
    wire.on("GET", VENUES, says([venue("v_1"), venue("v_2")]))
    wire.on("GET", "/experiences/v_1", says({"experience": [experience("e_1")]}))
    wire.on("GET", "/experiences/v_2", says({"experience": [experience("e_2")]}))
    wire.on("GET", MANY, says({"availability": [times(slot(21))]}))
    return wire


@contextlib.asynccontextmanager
async def catalogue(
    wire: Wire, clock: FakeClock | None = None
) -> AsyncIterator[SevenRoomsCatalogue]:
    async with reading(wire) as reads:
        made = SevenRoomsCatalogue(reads, time_zones=ZONES, clock=clock or FakeClock())
        yield made
        await made.aclose()


def down(wire: Wire) -> None:
    for method, path in wire.routes:
        wire.on(method, path, httpx.ConnectError("down"))
