"""An upstream that does a write after we believed that it had not: one effect is left each time."""

import logging
from pathlib import Path

import pytest

from bff.booking import policy
from bff.booking.model import PaymentStatus, Point, Status
from bff.catalogue.model import SlotKind
from tests.unit.booking.invariants import check, net_points
from tests.unit.booking.operator_desk import settle
from tests.unit.booking.stage import CALL_SECONDS, Stage, member, open_stage
from tests.unit.booking.upstream_world import LATE_SECONDS

LONG = 5000


def test_late_is_later_than_we_wait_and_earlier_than_we_look_again() -> None:
    assert policy.settles_after(CALL_SECONDS) < LATE_SECONDS < policy.STRAY_LOOK_SECONDS[0]


async def test_of_two_reservations_one_is_left(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=3) as stage:
        stage.world.faults["book"].append("late")
        await stage.by_points()
        await stage.work(for_seconds=LATE_SECONDS + 10)
        assert len(stage.rooms.live) == 2
        await stage.work(for_seconds=LONG)
        assert await check(stage) is Status.CONFIRMED
        assert stage.rooms.live[0].id == (await stage.row()).reservation_id


async def test_a_reservation_made_after_its_booking_was_cancelled_is_cancelled(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("late")
        await stage.by_points()
        await stage.desk.cancel(member(), (await stage.row()).id)
        await stage.work(for_seconds=LATE_SECONDS + 10)
        assert len(stage.rooms.live) == 1
        await stage.work(for_seconds=LONG)
        assert await check(stage) is Status.CANCELLED


async def test_of_two_requests_one_is_left_before_the_venue_can_grant_both(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["request"].append("late")
        await stage.by_points(kind=SlotKind.ON_REQUEST)
        await stage.work(for_seconds=LATE_SECONDS + policy.REQUEST_POLL_SECONDS + 10)
        assert stage.world.calls["request"] == 2
        assert await check(stage) is Status.REQUESTED
        stage.rooms.approve()
        await stage.work(for_seconds=LONG)
        assert await check(stage) is Status.CONFIRMED


async def test_a_request_made_after_its_booking_was_cancelled_is_withdrawn(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["request"].append("late")
        await stage.by_points(kind=SlotKind.ON_REQUEST)
        await stage.desk.cancel(member(), (await stage.row()).id)
        await stage.work(for_seconds=LATE_SECONDS + 10)
        assert len(stage.rooms.live_requests) == 1
        await stage.work(for_seconds=LONG)
        assert await check(stage) is Status.CANCELLED


async def test_points_taken_after_their_booking_was_cancelled_are_given_back(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["redeem"].append("late")
        await stage.by_points()
        await stage.desk.cancel(member(), (await stage.row()).id)
        await stage.work(for_seconds=LATE_SECONDS + 10)
        assert net_points(stage, await stage.row()) == 300
        await stage.work(for_seconds=LONG)
        assert await check(stage) is Status.CANCELLED
        assert (await stage.row()).payment_status is PaymentStatus.RETURNED


@pytest.mark.parametrize("call", ["redeem", "give_back"])
async def test_points_moved_twice_for_one_receipt_are_put_right_by_a_person(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    """The CRM gives back by receipt, all or nothing: we cannot give back one of two."""
    async with open_stage(tmp_path) as stage:
        stage.world.faults[call].append("late")
        await stage.by_points()
        await stage.work(for_seconds=20)
        if call == "give_back":
            await stage.desk.cancel(member(), (await stage.row()).id)
        await stage.work(for_seconds=LONG)
        assert (await stage.row()).in_doubt
        assert "booking_in_doubt" in [record.message for record in caplog.records]
        assert await settle(stage) == 1
        final = Status.CONFIRMED if call == "redeem" else Status.CANCELLED
        assert await check(stage) is final


async def looks(stage: Stage) -> int:
    return stage.world.calls["find_strays"]


async def test_a_booking_without_a_lost_answer_is_never_looked_at_again(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        await stage.work(for_seconds=LONG)
        assert await looks(stage) == 0
        assert (await stage.row()).due_at is None


async def test_the_looks_are_counted_and_end(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("undone")
        await stage.by_points()
        await stage.work(for_seconds=LONG)
        assert await looks(stage) == len(policy.STRAY_LOOK_SECONDS)
        assert (await stage.row()).due_at is None


async def test_a_look_that_fails_is_made_again(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=3) as stage:
        stage.world.faults["book"].append("late")
        stage.world.faults["find_strays"].extend(["not_sent", "undone"])
        await stage.by_points()
        await stage.work(for_seconds=LONG)
        assert await check(stage) is Status.CONFIRMED


async def test_a_second_reservation_past_the_cut_off_is_a_persons(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    async with open_stage(tmp_path, room=3) as stage:
        stage.world.faults["book"].append("late")
        await stage.by_points()
        stage.rooms.cutoff_passed = True
        await stage.work(for_seconds=LONG)
        row = await stage.row()
        assert row.in_doubt
        assert [record.message for record in caplog.records] == ["booking_in_doubt"]


async def test_a_wish_to_cancel_waits_for_the_doubt_about_what_came_late(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["redeem"].append("late")
        await stage.by_points()
        await stage.work(for_seconds=LONG)
        await stage.desk.cancel(member(), (await stage.row()).id)
        row = await stage.row()
        assert (row.in_doubt, row.point) == (True, Point.CONFIRMED)
        assert await settle(stage) == 1
        assert await check(stage) is Status.CANCELLED


async def test_a_reservation_that_comes_back_to_life_is_cancelled_again(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("undone")
        await stage.by_points()
        await stage.work(for_seconds=20)
        await stage.desk.cancel(member(), (await stage.row()).id)
        stage.rooms.reservations[0].live = True
        await stage.work(for_seconds=LONG)
        assert await check(stage) is Status.CANCELLED
