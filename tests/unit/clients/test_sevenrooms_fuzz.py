import contextlib
import datetime as dt
import json
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.errors import UpstreamError
from clients.sevenrooms.models.availability import Timeslot
from clients.sevenrooms.models.bookings import Request, Reservation
from clients.sevenrooms.models.places import Experience, Venue
from clients.sevenrooms.read import ReservationQuery, SevenRoomsReads
from tests.sevenrooms_wire import CONCIERGE, GROUP, Wire, reading

DAY = dt.date(2025, 3, 8)
VENUES = CONCIERGE + "/venues"
MANY = CONCIERGE + "/availability/dining/venues"
ONE = CONCIERGE + "/venues/v_1/availability/dining"
RANGE = CONCIERGE + "/venues/v_1/availability/range"
RESERVATIONS = GROUP + "/reservations"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "venue", "timeslots", "payments", "cost", "photos", "large", "deleted"),
                    *("real_datetime_of_slot", "hero_image", "photo_dict", "status", "created"),
                    *("results", "availability", "dates", "2025-03-08", "experience", "cursor"),
                    *("subtotal", "duration", "is_held", "max_guests", "date", "email", "raw"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(row=st.dictionaries(st.sampled_from(["id", "status", "photos", "time"]), ANYTHING))
def test_no_row_breaks_a_parser(row: dict[str, Any]) -> None:
    for parse in (
        Venue.parse,
        Experience.parse,
        Timeslot.parse,
        Request.parse,
        Reservation.parse,
    ):
        parse(row)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=ANYTHING)
async def test_whatever_sevenrooms_says_only_upstream_errors_come_out(data: Any) -> None:
    body = json.dumps({"status": 200, "data": data})
    wire = Wire()
    answer = httpx.Response(200, content=body.encode())
    for path in (VENUES, "/experiences/v_1", MANY, ONE, RANGE, RESERVATIONS, "/requests"):
        wire.on("GET", path, answer)
    async with reading(wire) as reads:
        for call in _calls(reads):
            with contextlib.suppress(UpstreamError):
                await call


def _calls(reads: SevenRoomsReads) -> list[Any]:
    return [
        reads.venues(),
        reads.experiences("v_1"),
        reads.availability_of_many(["v_1"], DAY, 2),
        reads.availability("v_1", DAY, 2),
        reads.availability_range("v_1", DAY, 2, 2),
        reads.reservations(ReservationQuery(from_date=DAY, to_date=DAY)),
        reads.requests("v_1", DAY, DAY),
    ]
