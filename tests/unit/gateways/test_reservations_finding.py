from typing import Any

import pytest

from bff.booking.model import Status
from bff.booking.ports import Reservation, Strays
from bff.catalogue.model import SlotKind
from clients.errors import OutcomeUnknown
from tests.booking_samples import booking
from tests.reservations_rig import OTHER, OURS, REQUEST, RESERVATION, SEARCH, found, gateway
from tests.sevenrooms_wire import Wire, refuses, says


async def test_a_lost_booking_is_found_by_our_reference() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, found(OTHER, OURS))
    async with gateway(wire) as reservations:
        made = await reservations.find_reservation(booking())
    assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")
    assert wire.query("GET", SEARCH) == {
        "from_date": "2026-12-08",
        "to_date": "2026-12-09",
        "phone_number": "+6580000000",
        "limit": "400",
    }


async def test_where_the_phone_misses_it_the_name_is_searched_too() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, found(), found(OURS))
    async with gateway(wire) as reservations:
        assert await reservations.find_reservation(booking()) is not None
    assert wire.query("GET", SEARCH)["name"] == "Mei Tan"


async def test_a_guest_without_phone_and_name_is_not_searched_as_everybody() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, found())
    guest = {"phone_number": None, "first_name": "", "last_name": ""}
    async with gateway(wire) as reservations:
        assert await reservations.find_reservation(booking(guest=guest)) is None
    assert wire.query("GET", SEARCH)["name"] == "-"


@pytest.mark.parametrize("dead", [{"status_code": "CANCELED"}, {"deleted": True}])
async def test_a_cancelled_reservation_is_not_found(dead: dict[str, Any]) -> None:
    wire = Wire()
    wire.on("GET", SEARCH, found({**OURS, **dead}))
    async with gateway(wire) as reservations:
        assert await reservations.find_reservation(booking()) is None


async def test_what_a_request_became_is_found_by_the_requests_id() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, found({**OTHER, "request_id": "q_1"}))
    async with gateway(wire) as reservations:
        made = await reservations.find_reservation(booking(request_id="q_1"))
    assert made == Reservation(id="res_9", confirmation_code=None)


async def test_what_a_request_became_is_asked_of_the_request_itself() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, found())
    wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "reservation_id": "res_1"}))
    wire.on("GET", RESERVATION, says(OURS))
    async with gateway(wire) as reservations:
        made = await reservations.find_reservation(booking(request_id="q_1"))
    assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")


async def test_an_upstream_that_is_away_does_not_count_as_nothing_found() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, refuses(500))
    async with gateway(wire) as reservations:
        with pytest.raises(OutcomeUnknown):
            await reservations.find_reservation(booking())


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"status_code": "RESERVED"}, Status.CONFIRMED),
        ({"status": "On the Books"}, Status.CONFIRMED),
        ({"status_code": "canceled"}, Status.CANCELLED),
        ({"status_code": "NO_SHOW"}, Status.NO_SHOW),
        ({"status": "No Show"}, Status.NO_SHOW),
        ({"status_code": "COMPLETE"}, Status.COMPLETED),
        ({"status_code": "CUSTOM_STATUS_7", "status_simple": "Complete"}, Status.COMPLETED),
        ({"status_code": "CUSTOM_STATUS_7"}, Status.UNKNOWN),
        ({}, Status.UNKNOWN),
        ({"status_code": "RESERVED", "deleted": True}, Status.CANCELLED),
    ],
)
async def test_statuses_are_read_in_every_vocabulary(row: dict[str, Any], status: Status) -> None:
    wire = Wire()
    wire.on("GET", RESERVATION, says({"id": "res_1", **row}))
    async with gateway(wire) as reservations:
        assert await reservations.look("res_1") is status


async def test_a_reservation_nobody_knows_has_an_unknown_status() -> None:
    wire = Wire()
    wire.on("GET", RESERVATION, refuses(400, "Invalid reservation ID"))
    async with gateway(wire) as reservations:
        assert await reservations.look("res_1") is Status.UNKNOWN


async def test_strays_are_live_under_our_reference_and_not_the_one_we_know() -> None:
    wire = Wire()
    again, dead = {**OURS, "id": "res_2"}, {**OURS, "id": "res_3", "status_code": "CANCELED"}
    wire.on("GET", SEARCH, found(OTHER, OURS, again, dead))
    async with gateway(wire) as reservations:
        assert await reservations.find_strays(booking(reservation_id="res_1")) == Strays(
            reservations=("res_2",)
        )
    assert [request.url.path for request in wire.requests if request.url.path == "/requests"] == []


@pytest.mark.parametrize("has_search", [True, False])
async def test_stray_requests_are_found_where_the_search_is_there(*, has_search: bool) -> None:
    wire = Wire()
    wire.on("GET", SEARCH, found())
    rows = [
        {"id": name, "external_user_id": "bk_1", "status": "UNAPPROVED"} for name in ("q_1", "q_2")
    ]
    wire.on("GET", "/requests", says({"results": rows}))
    asked = booking(request_id="q_1", terms={"kind": SlotKind.ON_REQUEST})
    async with gateway(wire, request_search=has_search) as reservations:
        strays = await reservations.find_strays(asked)
    assert strays == (Strays(requests=("q_2",)) if has_search else Strays())
