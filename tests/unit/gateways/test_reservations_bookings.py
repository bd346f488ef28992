from typing import Any

import httpx
import pytest

from bff.booking.ports import Reservation, SlotGone
from clients.errors import NotSent, OutcomeUnknown
from tests.booking_samples import booking
from tests.reservations_rig import BOOK, OTHER, OURS, RESERVATION, SEARCH, found, gateway
from tests.sevenrooms_wire import Wire, refuses, says


async def test_our_reference_travels_with_the_booking() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, says({"reservation_id": "res_1"}))
    wire.on("GET", RESERVATION, says(OURS))
    async with gateway(wire) as reservations:
        made = await reservations.book(booking(), hold_id="h_1")
    assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")
    assert wire.form("PUT", BOOK) == {
        "date": "2026-12-08",
        "time": "7:30 PM",
        "party_size": "2",
        "first_name": "Mei",
        "last_name": "Tan",
        "phone": "+6580000000",
        "email": "mei@example.test",
        "notes": "A quiet table",
        "loyalty_id": "CT0000001A",
        "reservation_hold_id": "h_1",
        "access_persistent_id": "v_1-access-1",
        "external_id": "bk_1",
        "external_user_id": "sub_1",
    }


async def test_a_code_that_came_at_once_costs_no_second_call() -> None:
    wire = Wire()
    data = {"reservation_id": "res_1", "reservation_reference_code": "K3QZ81P"}
    wire.on("PUT", BOOK, says(data))
    async with gateway(wire) as reservations:
        made = await reservations.book(booking(), hold_id=None)
    assert made.confirmation_code == "K3QZ81P"
    assert "reservation_hold_id" not in wire.form("PUT", BOOK)


async def test_a_code_that_cannot_be_read_does_not_undo_the_booking() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, says({"reservation_id": "res_1"}))
    wire.on("GET", RESERVATION, refuses(500))
    async with gateway(wire) as reservations:
        made = await reservations.book(booking(), hold_id="h_1")
    assert made == Reservation(id="res_1", confirmation_code=None)


async def test_a_guest_without_a_phone_is_booked_all_the_same() -> None:
    wire = Wire()
    data = {"reservation_id": "res_1", "reservation_reference_code": "K3QZ81P"}
    wire.on("PUT", BOOK, says(data))
    guest = {"phone_number": None, "notes": None, "member_number": None}
    async with gateway(wire) as reservations:
        await reservations.book(booking(guest=guest), hold_id="h_1")
    form = wire.form("PUT", BOOK)
    assert form["bypass_required_contact_fields"] == "true"
    assert not {"phone", "notes", "loyalty_id"} & set(form)


async def test_the_duplicate_check_is_left_on_as_a_guard_against_ourselves() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, refuses(409))
    wire.on("GET", SEARCH, found())
    async with gateway(wire) as reservations:
        with pytest.raises(SlotGone):
            await reservations.book(booking(), hold_id="h_1")
    (sent,) = wire.calls("PUT", BOOK)
    assert b"bypass_duplicate" not in sent.content


async def test_a_duplicate_that_is_our_own_lost_booking_is_the_booking() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, refuses(409))
    wire.on("GET", SEARCH, found(OTHER, OURS))
    async with gateway(wire) as reservations:
        made = await reservations.book(booking(), hold_id="h_1")
    assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")
    assert len(wire.calls("PUT", BOOK)) == 1


async def test_a_guest_who_comes_twice_a_day_passes_the_duplicate_check() -> None:
    wire = Wire()
    data = {"reservation_id": "res_1", "reservation_reference_code": "K3QZ81P"}
    wire.on("PUT", BOOK, refuses(409), says(data))
    wire.on("GET", SEARCH, found(OTHER))
    async with gateway(wire) as reservations:
        made = await reservations.book(booking(), hold_id="h_1")
    assert made.id == "res_1"
    assert wire.form("PUT", BOOK)["bypass_duplicate_reservation_check"] == "true"


async def test_a_place_that_is_gone_is_gone_for_a_guest_who_comes_twice_too() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, refuses(409))
    wire.on("GET", SEARCH, found(OTHER))
    async with gateway(wire) as reservations:
        with pytest.raises(SlotGone):
            await reservations.book(booking(), hold_id="h_1")
    assert len(wire.calls("PUT", BOOK)) == 2


@pytest.mark.parametrize(
    "row", [{**OTHER, "status_code": "CANCELED"}, {**OTHER, "venue_id": "v_2"}]
)
async def test_only_a_live_reservation_there_can_be_the_duplicate(row: dict[str, Any]) -> None:
    wire = Wire()
    wire.on("PUT", BOOK, refuses(409))
    wire.on("GET", SEARCH, found(row))
    async with gateway(wire) as reservations:
        with pytest.raises(SlotGone):
            await reservations.book(booking(), hold_id="h_1")
    assert len(wire.calls("PUT", BOOK)) == 1


async def test_a_refusal_whose_reason_cannot_be_asked_was_not_sent() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, refuses(409))
    wire.on("GET", SEARCH, refuses(500))
    async with gateway(wire) as reservations:
        with pytest.raises(NotSent):
            await reservations.book(booking(), hold_id="h_1")


async def test_a_lost_answer_is_an_unknown_outcome() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, httpx.ReadError("gone"))
    async with gateway(wire) as reservations:
        with pytest.raises(OutcomeUnknown):
            await reservations.book(booking(), hold_id="h_1")
