import httpx
import pytest

from bff.booking.ports import TooLateToCancel
from clients.errors import Refused
from tests.booking_samples import booking
from tests.reservations_rig import OURS, RESERVATION, SEARCH, found, gateway
from tests.sevenrooms_wire import Wire, refuses, says


@pytest.mark.parametrize(
    "answer",
    [
        says({"reservation_id": "res_1"}),
        refuses(400, "Reservation has already been cancelled."),
    ],
)
async def test_cancelled_already_counts_as_cancelled(answer: httpx.Response) -> None:
    wire = Wire()
    wire.on("DELETE", RESERVATION, answer)
    async with gateway(wire) as reservations:
        await reservations.cancel(booking(reservation_id="res_1"))
    assert len(wire.requests) == 1


async def test_past_the_cut_off_it_is_too_late() -> None:
    wire = Wire()
    said = "Reservation cannot be modified after the cancellation cut-off time"
    wire.on("DELETE", RESERVATION, refuses(400, said))
    async with gateway(wire) as reservations:
        with pytest.raises(TooLateToCancel):
            await reservations.cancel(booking(reservation_id="res_1"))


@pytest.mark.parametrize(
    "answer",
    [
        refuses(400, "Invalid reservation ID"),
        refuses(404, "The venue does not have record of this reservation."),
    ],
)
async def test_a_reservation_nobody_knows_takes_no_place(answer: httpx.Response) -> None:
    wire = Wire()
    wire.on("DELETE", RESERVATION, answer)
    wire.on("GET", SEARCH, found())
    async with gateway(wire) as reservations:
        await reservations.cancel(booking(reservation_id="res_1"))
        wire.on("GET", SEARCH, found(OURS))
        with pytest.raises(Refused):
            await reservations.cancel(booking(reservation_id="res_1"))


async def test_a_refusal_for_another_reason_stays_one() -> None:
    wire = Wire()
    wire.on("DELETE", RESERVATION, refuses(400, "Computer says no"))
    async with gateway(wire) as reservations:
        with pytest.raises(Refused):
            await reservations.cancel(booking(reservation_id="res_1"))


async def test_without_a_reservation_nothing_is_cancelled() -> None:
    wire = Wire()
    async with gateway(wire) as reservations:
        await reservations.cancel(booking())
    assert wire.requests == []
