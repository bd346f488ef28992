"""The reservations gateway over a SevenRooms of set answers, and the routes that it calls."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from bff.gateways.reservations import SevenRoomsReservations
from clients.sevenrooms.read import SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites
from tests.fake_clock import FakeClock
from tests.sevenrooms_wire import CONCIERGE, GROUP, Wire, linked, says

VENUE = CONCIERGE + "/venues/v_1"
HOLDS, BOOK, REQUEST = VENUE + "/holds", VENUE + "/book", VENUE + "/request"
RELEASE, DELETE = HOLDS + "/h_1/release", VENUE + "/requests/delete"
SEARCH = GROUP + "/reservations"
RESERVATION = CONCIERGE + "/reservations/res_1"

OURS = {"id": "res_1", "external_id": "bk_1", "venue_id": "v_1", "reference_code": "K3QZ81P"}
OTHER = {"id": "res_9", "external_id": "else", "venue_id": "v_1", "status_code": "RESERVED"}


def found(*rows: dict[str, Any]) -> httpx.Response:
    return says({"results": list(rows), "cursor": None})


@contextlib.asynccontextmanager
async def gateway(
    wire: Wire, *, request_search: bool = True
) -> AsyncIterator[SevenRoomsReservations]:
    async with linked(wire) as link:
        yield SevenRoomsReservations(
            SevenRoomsReads(link),
            SevenRoomsWrites(link),
            request_search=request_search,
            clock=FakeClock(),
        )
