import datetime as dt

import httpx
import pytest

from bff.booking.ports import SlotGone
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised
from tests.booking_samples import booking
from tests.fake_clock import NOON
from tests.reservations_rig import HOLDS, RELEASE, gateway
from tests.sevenrooms_wire import Wire, refuses, says


async def test_a_hold_is_asked_for_as_long_as_wanted_and_ends_when_it_says() -> None:
    wire = Wire()
    wire.on("PUT", HOLDS, says({"reservation_hold_id": "h_1", "hold_duration_sec": 300}))
    async with gateway(wire) as reservations:
        hold = await reservations.hold(booking(), 600)
    assert (hold.id, hold.until) == ("h_1", NOON + dt.timedelta(seconds=300))
    assert wire.form("PUT", HOLDS) == {
        "date": "2026-12-08",
        "time": "7:30 PM",
        "party_size": "2",
        "shift_persistent_id": "v_1-DINNER-1",
        "access_persistent_id": "v_1-access-1",
        "hold_wait_time_sec": "600",
    }


@pytest.mark.parametrize(("said", "seconds"), [(None, 300), (10**9, 600), (-5, 0), ("450", 450)])
async def test_a_hold_is_never_believed_to_last_longer_than_is_sure(
    said: object, seconds: int
) -> None:
    wire = Wire()
    wire.on("PUT", HOLDS, says({"reservation_hold_id": "h_1", "hold_duration_sec": said}))
    async with gateway(wire) as reservations:
        hold = await reservations.hold(booking(), 600)
    assert hold.until == NOON + dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("answer", [refuses(409), refuses(400, "Slot is no longer available")])
async def test_a_place_that_somebody_else_has_is_gone(answer: httpx.Response) -> None:
    wire = Wire()
    wire.on("PUT", HOLDS, answer)
    async with gateway(wire) as reservations:
        with pytest.raises(SlotGone):
            await reservations.hold(booking(), 600)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refuses(400, "party_size is not valid"), Refused),
        (refuses(401), Unauthorised),
        (refuses(503), OutcomeUnknown),
        (httpx.ConnectError("down"), NotSent),
    ],
)
async def test_other_failures_stay_what_they_are(
    answer: httpx.Response | Exception, kind: type[Exception]
) -> None:
    wire = Wire()
    wire.on("PUT", HOLDS, answer)
    async with gateway(wire) as reservations:
        with pytest.raises(kind):
            await reservations.hold(booking(), 600)


async def test_a_slot_that_cannot_be_held_is_gone_without_a_call() -> None:
    wire = Wire()
    async with gateway(wire) as reservations:
        with pytest.raises(SlotGone):
            await reservations.hold(booking(terms={"access_persistent_id": None}), 600)
    assert wire.requests == []


@pytest.mark.parametrize("answer", [says(None), refuses(404), refuses(400, "no such hold")])
async def test_a_hold_that_is_over_counts_as_released(answer: httpx.Response) -> None:
    wire = Wire()
    wire.on("POST", RELEASE, answer)
    async with gateway(wire) as reservations:
        await reservations.release(booking(hold_id="h_1"))
    assert wire.form("POST", RELEASE) == {
        "date": "2026-12-08",
        "shift_persistent_id": "v_1-DINNER-1",
    }


async def test_without_a_hold_nothing_is_released() -> None:
    wire = Wire()
    async with gateway(wire) as reservations:
        await reservations.release(booking())
    assert wire.requests == []


async def test_a_release_that_may_have_failed_says_so() -> None:
    wire = Wire()
    wire.on("POST", RELEASE, refuses(500))
    async with gateway(wire) as reservations:
        with pytest.raises(OutcomeUnknown):
            await reservations.release(booking(hold_id="h_1"))
