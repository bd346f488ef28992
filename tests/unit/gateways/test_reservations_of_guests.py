import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bff.booking.model import Status
from bff.booking.ports import ForeignReservation
from bff.catalogue.model import SlotKind
from bff.gateways.guest_reservations import SevenRoomsGuestReservations
from clients.errors import OutcomeUnknown
from tests.booking_samples import booking
from tests.fake_clock import FakeClock
from tests.sevenrooms_wire import CONCIERGE, GROUP, Wire, reading, refuses, says

SEARCH = GROUP + "/reservations"
RESERVATION = CONCIERGE + "/reservations/res_1"
MEI = booking().guest
NO_PHONE = booking(guest={"phone_number": None}).guest

ROW = {
    "id": "res_1",
    "reference_code": "K3QZ81P",
    "venue_id": "v_1",
    "date": "2026-12-08",
    "real_datetime_of_slot": "2026-12-09 00:30:00",
    "max_guests": 2,
    "status_code": "RESERVED",
    "email": "Mei@Example.test",
    "first_name": "Mei",
    "last_name": "Tan",
    "phone_number": "+65 8000 0000",
    "created": "2026-11-01T10:00:00",
}


@contextlib.asynccontextmanager
async def gateway(wire: Wire) -> AsyncIterator[SevenRoomsGuestReservations]:
    async with reading(wire) as reads:
        yield SevenRoomsGuestReservations(
            reads, time_zones={"v_1": "Asia/Singapore"}, clock=FakeClock()
        )


async def listed(*rows: dict[str, Any]) -> list[ForeignReservation]:
    wire = Wire()
    wire.on("GET", SEARCH, says({"results": list(rows), "cursor": None}))
    async with gateway(wire) as reservations:
        return list(await reservations.of_guest(MEI))


async def test_a_guest_is_searched_by_phone_over_more_than_a_year_to_either_side() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, says({"results": []}))
    async with gateway(wire) as reservations:
        await reservations.of_guest(MEI)
        by_phone = wire.query("GET", SEARCH)
        await reservations.of_guest(NO_PHONE)
        by_name = wire.query("GET", SEARCH)
    assert (by_phone["phone_number"], by_phone.get("name")) == ("+6580000000", None)
    assert (by_name["name"], by_name.get("phone_number")) == ("Mei Tan", None)
    assert (by_phone["from_date"], by_phone["to_date"]) == ("2025-10-18", "2027-12-27")


async def test_a_reservation_is_told_in_our_words() -> None:
    (found,) = await listed({**ROW, "request_id": "q_1", "external_id": "bk_1"})
    assert found == ForeignReservation(
        id="res_1",
        external_id="bk_1",
        request_id="q_1",
        confirmation_code="K3QZ81P",
        venue_id="v_1",
        starts_at=dt.datetime(2026, 12, 8, 16, 30, tzinfo=dt.UTC),
        party_size=2,
        status=Status.CONFIRMED,
        kind=SlotKind.ON_REQUEST,
        created_at=dt.datetime(2026, 11, 1, 10, tzinfo=dt.UTC),
        updated_at=None,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"phone_number": None},
        {"email": None},
        {"email": "other@example.test", "first_name": " MEI ", "last_name": "tan"},
        {"email": None, "phone_number": "6580000000"},
    ],
)
async def test_same_email_or_same_phone_and_name_is_surely_the_guests(
    changes: dict[str, Any],
) -> None:
    assert len(await listed({**ROW, **changes})) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "other@example.test", "phone_number": "+6589999999"},
        {"email": "other@example.test", "first_name": "Kai"},
        {"email": None, "phone_number": None},
        {"email": "", "phone_number": ""},
        {"email": None, "last_name": None},
    ],
)
async def test_a_shared_phone_or_a_common_name_alone_is_not(changes: dict[str, Any]) -> None:
    assert await listed({**ROW, **changes}) == []


async def test_a_placeholder_for_a_phone_makes_nobody_the_same() -> None:
    wire = Wire()
    row = {**ROW, "email": None, "phone_number": "000"}
    wire.on("GET", SEARCH, says({"results": [row]}))
    async with gateway(wire) as reservations:
        assert await reservations.of_guest(booking(guest={"phone_number": "000"}).guest) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"venue_id": "v_9"},
        {"venue_id": None},
        {"date": None},
        {"max_guests": None},
        {"real_datetime_of_slot": None},
    ],
)
async def test_a_reservation_without_what_we_must_show_is_left_out(
    changes: dict[str, Any],
) -> None:
    assert len(await listed({**ROW, **changes}, {**ROW, "id": "res_2"})) == 1


async def test_a_reservation_that_two_pages_repeat_is_told_once() -> None:
    assert len(await listed(ROW, ROW)) == 1


async def test_an_upstream_that_is_away_is_not_an_empty_history() -> None:
    wire = Wire()
    wire.on("GET", SEARCH, refuses(500))
    async with gateway(wire) as reservations:
        with pytest.raises(OutcomeUnknown):
            await reservations.of_guest(MEI)


async def test_one_reservation_is_shown_to_its_guest_alone() -> None:
    wire = Wire()
    wire.on("GET", RESERVATION, says(ROW))
    stranger = booking(guest={"email": "kai@example.test", "first_name": "Kai"}).guest
    async with gateway(wire) as reservations:
        assert await reservations.one("res_1", MEI) is not None
        assert await reservations.one("res_1", stranger) is None


@pytest.mark.parametrize("status", [400, 404])
async def test_an_unknown_reservation_is_none(status: int) -> None:
    wire = Wire()
    wire.on("GET", RESERVATION, refuses(status))
    async with gateway(wire) as reservations:
        assert await reservations.one("res_1", MEI) is None


@pytest.mark.parametrize("given", ["", "..", "../venues", "a b", "x" * 300, "é", "a\n"])
async def test_an_id_that_cannot_be_one_costs_no_call(given: str) -> None:
    wire = Wire()
    async with gateway(wire) as reservations:
        assert await reservations.one(given, MEI) is None
    assert wire.requests == []
