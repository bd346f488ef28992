"""When copies are told that places were taken or freed, and that it delays and fails no booking."""

import asyncio
import math
from pathlib import Path

import pytest

from bff.booking.ledger_away import LedgerAway
from bff.booking.model import Point, Status
from bff.booking.outcomes import Accepted, Cancelled, NotEnoughPoints, SlotTaken
from bff.catalogue import place_news
from bff.catalogue.model import SlotKind
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import Stage, member, open_stage, slot


def told(stage: Stage) -> int:
    """How often; of the one venue's day there is, and not without this copy's forgetting it."""
    where = {(moved.venue_id, moved.day) for moved in stage.news.kept}
    assert where <= {(slot().venue_id, slot().day)} == set(stage.catalogue.forgotten) | where
    return len(stage.news.kept)


async def test_a_booking_by_points_is_told_of_once_before_its_answer(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        assert isinstance(await stage.by_points(), Accepted)
        assert told(stage) == 1
        assert isinstance(await stage.by_points(), Accepted)
        assert told(stage) == 1


async def test_whoever_sees_a_booking_at_rest_finds_its_news_too(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.news.gate.clear()
        booking = asyncio.create_task(stage.by_points())
        async with asyncio.timeout(5):
            await stage.news.is_asked.wait()
        assert (await stage.row()).lease_owner is not None
        stage.news.gate.set()
        assert isinstance(await booking, Accepted)


async def test_a_card_booking_is_told_of_when_it_is_held_and_when_it_is_booked(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        assert told(stage) == 1
        # The guest has not paid yet: nothing has moved.
        row = await stage.row()
        await stage.desk.confirm_card_booking(member(), row.id)
        assert told(stage) == 1
        stage.cards.guest_pays()
        await stage.desk.confirm_card_booking(member(), row.id)
        assert told(stage) == 2


async def test_a_cancellation_is_told_of(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        booked = await stage.by_points()
        cancelled = await stage.desk.cancel(member(), booked.booking.id)
        assert isinstance(cancelled, Cancelled)
        assert told(stage) == 2


async def test_a_hold_that_lapses_is_told_of_by_the_worker(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        await stage.work(for_seconds=1200)
        assert await check(stage) is Status.FAILED
        assert told(stage) == 2


async def test_a_booking_that_the_worker_finishes_is_told_of_by_the_worker(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["hold"].extend(["not_sent"] * 3)
        await stage.by_points()
        # Nothing has reached the venue.
        assert stage.news.kept == stage.catalogue.forgotten == []
        await stage.work()
        assert await check(stage) is Status.CONFIRMED
        assert told(stage) == 1


async def test_a_request_that_the_venue_approves_is_told_of(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points(kind=SlotKind.ON_REQUEST)
        assert told(stage) == 1
        await stage.work(for_seconds=200)
        assert told(stage) == 1
        stage.rooms.approve()
        await stage.work(for_seconds=120)
        assert await check(stage) is Status.CONFIRMED
        assert told(stage) == 2


async def test_a_place_that_is_found_gone_is_told_of_for_others_show_it_still(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path, room=0) as stage:
        assert isinstance(await stage.by_points(), SlotTaken)
        assert told(stage) == 1


async def test_without_the_points_for_it_nothing_is_told(tmp_path: Path) -> None:
    async with open_stage(tmp_path, balance=1) as stage:
        assert isinstance(await stage.by_points(), NotEnoughPoints)
        assert stage.news.kept == stage.catalogue.forgotten == []


async def test_a_call_whose_outcome_is_unknown_may_have_moved_places(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["hold"].append("lost")
        booked = await stage.by_points()
        assert booked.booking.status is Status.PENDING
        assert told(stage) == 1


async def test_what_is_paid_moves_no_place(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["redeem"].append("not_sent")
        stage.world.faults["book"].extend(["not_sent"] * 10)
        await stage.by_points()
        assert told(stage) == 1
        # Points are taken, and the place is not booked yet.
        await stage.work(for_seconds=5)
        assert (await stage.row()).point is Point.PAID
        assert told(stage) == 1


async def test_what_was_done_late_and_is_given_up_is_told_of(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        stage.world.faults["book"].append("late")
        await stage.by_points()
        await stage.work(for_seconds=15)
        before = told(stage)
        await stage.work(for_seconds=120)
        assert await check(stage) is Status.CONFIRMED
        assert told(stage) == before + 1


async def test_a_ledger_that_takes_no_news_fails_no_booking(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.news.away = LedgerAway("away")
        booked = await stage.by_points()
        assert booked.booking.status is Status.CONFIRMED
        assert stage.catalogue.forgotten
        assert await check(stage) is Status.CONFIRMED


async def test_news_that_hang_hold_no_booking_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place_news, "LONGEST_SECONDS", 0.01)
    async with open_stage(tmp_path) as stage:
        stage.news.gate.clear()
        booked = await asyncio.wait_for(stage.by_points(), 5)
        assert booked.booking.status is Status.CONFIRMED


@pytest.mark.parametrize("writes", [1, 2, 3])
async def test_whoever_goes_on_after_a_full_disk_tells(tmp_path: Path, writes: int) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.writes_left = writes
        await stage.by_points()
        stage.news.kept.clear()
        stage.world.writes_left = math.inf
        await stage.work()
        assert await check(stage) is Status.CONFIRMED
        assert told(stage) == 1
