from typing import Any

import httpx
import pytest

from bff.booking.ports import (
    CannotAsk,
    RequestLook,
    RequestsOff,
    RequestState,
    Reservation,
    SlotGone,
)
from clients.errors import OutcomeUnknown, Refused
from tests.booking_samples import booking
from tests.reservations_rig import DELETE, OURS, REQUEST, RESERVATION, gateway
from tests.sevenrooms_wire import Wire, refuses, says


async def test_a_request_carries_our_reference_as_its_user() -> None:
    wire = Wire()
    wire.on("PUT", REQUEST, says({"request_id": "q_1"}))
    async with gateway(wire) as reservations:
        assert await reservations.request(booking()) == "q_1"
    form = wire.form("PUT", REQUEST)
    assert form["external_user_id"] == "bk_1"
    assert form["time"] == "7:30 PM"
    assert not {"access_persistent_id", "reservation_hold_id", "external_id"} & set(form)


@pytest.mark.parametrize(("status", "kind"), [(403, RequestsOff), (409, SlotGone)])
async def test_a_venue_may_take_no_requests(status: int, kind: type[Exception]) -> None:
    wire = Wire()
    wire.on("PUT", REQUEST, refuses(status))
    async with gateway(wire) as reservations:
        with pytest.raises(kind):
            await reservations.request(booking())


async def test_a_request_without_a_phone_is_refused_before_it_is_sent() -> None:
    wire = Wire()
    async with gateway(wire) as reservations:
        with pytest.raises(Refused):
            await reservations.request(booking(guest={"phone_number": None}))
    assert wire.requests == []


async def test_a_lost_request_is_found_by_our_reference() -> None:
    wire = Wire()
    rows = [
        {"id": "q_0", "external_user_id": "bk_1", "deleted": "2026-11-22T10:00:00"},
        {"id": "q_1", "external_user_id": "bk_0", "status": "UNAPPROVED"},
        {"id": "q_2", "external_user_id": "bk_1", "status": "UNAPPROVED"},
    ]
    wire.on("GET", "/requests", says({"results": rows}))
    async with gateway(wire) as reservations:
        assert await reservations.find_request(booking()) == "q_2"
        assert await reservations.find_request(booking(id="bk_7")) is None
    assert wire.query("GET", "/requests")["venue_id"] == "v_1"


async def test_with_the_search_switched_off_nobody_can_be_asked() -> None:
    wire = Wire()
    async with gateway(wire, request_search=False) as reservations:
        with pytest.raises(CannotAsk):
            await reservations.find_request(booking())
    assert wire.requests == []


@pytest.mark.parametrize("status", [403, 404, 405])
async def test_a_tenant_without_the_search_cannot_be_asked(status: int) -> None:
    wire = Wire()
    wire.on("GET", "/requests", refuses(status))
    async with gateway(wire) as reservations:
        with pytest.raises(CannotAsk):
            await reservations.find_request(booking())


async def test_a_search_that_fails_is_not_taken_for_a_missing_one() -> None:
    wire = Wire()
    wire.on("GET", "/requests", refuses(500))
    async with gateway(wire) as reservations:
        with pytest.raises(OutcomeUnknown):
            await reservations.find_request(booking())


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"status": "UNAPPROVED"}, RequestState.WAITING),
        ({"status": "PONDERING"}, RequestState.WAITING),
        ({"status": None}, RequestState.WAITING),
        ({"status": "DECLINED"}, RequestState.DECLINED),
        ({"status": "CANCELED"}, RequestState.DECLINED),
        ({"status": "EXPIRED"}, RequestState.DECLINED),
        ({"status": "UNAPPROVED", "is_expired": True}, RequestState.DECLINED),
        ({"status": "UNAPPROVED", "deleted": "2026-11-22"}, RequestState.DECLINED),
    ],
)
async def test_a_request_waits_until_it_is_surely_decided(
    row: dict[str, Any], state: RequestState
) -> None:
    wire = Wire()
    wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "reservation_id": None, **row}))
    async with gateway(wire) as reservations:
        look = await reservations.look_at_request(booking(request_id="q_1"))
    assert look == RequestLook(state=state)


async def test_an_approved_request_has_its_reservation() -> None:
    wire = Wire()
    wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "reservation_id": "res_1"}))
    wire.on("GET", RESERVATION, says(OURS))
    async with gateway(wire) as reservations:
        look = await reservations.look_at_request(booking(request_id="q_1"))
    made = Reservation(id="res_1", confirmation_code="K3QZ81P")
    assert look == RequestLook(state=RequestState.APPROVED, reservation=made)


@pytest.mark.parametrize("status", [400, 404])
async def test_a_request_nobody_knows_is_gone(status: int) -> None:
    wire = Wire()
    wire.on("GET", REQUEST + "/q_1", refuses(status))
    async with gateway(wire) as reservations:
        look = await reservations.look_at_request(booking(request_id="q_1"))
    assert look.state is RequestState.GONE


async def test_a_withdrawn_request_is_deleted_and_that_is_all() -> None:
    wire = Wire()
    wire.on("POST", DELETE, says({"count": 1, "deleted_ids": ["q_1"]}))
    async with gateway(wire) as reservations:
        await reservations.withdraw(booking(request_id="q_1"))
        await reservations.withdraw(booking())
    assert len(wire.requests) == 1


@pytest.mark.parametrize("answer", [says({"count": 0, "deleted_ids": []}), refuses(404)])
async def test_a_request_that_is_gone_counts_as_withdrawn(answer: httpx.Response) -> None:
    wire = Wire()
    wire.on("POST", DELETE, answer)
    wire.on("GET", REQUEST + "/q_1", refuses(404))
    async with gateway(wire) as reservations:
        await reservations.withdraw(booking(request_id="q_1"))


async def test_a_request_that_is_still_there_does_not_count_as_withdrawn() -> None:
    wire = Wire()
    wire.on("POST", DELETE, says({"count": 0, "deleted_ids": None}))
    wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "status": "UNAPPROVED"}))
    async with gateway(wire) as reservations:
        with pytest.raises(OutcomeUnknown):
            await reservations.withdraw(booking(request_id="q_1"))
