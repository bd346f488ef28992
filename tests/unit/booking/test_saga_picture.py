"""What docs/booking.md shows is what the code does: its picture, its numbers, its tests."""

import re
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from bff.booking import policy
from bff.booking.saga import SAGA
from bff.catalogue.model import SlotKind
from scripts.draw_saga import BEGIN, END, PAGE, Edge, edges, picture, redrawn
from tests.fake_clock import NOON
from tests.unit.booking.stage import Stage, member, open_stage

Story = Callable[[Stage], Awaitable[object]]


async def _cancelled(stage: Stage) -> object:
    return await stage.desk.cancel(member(), (await stage.row()).id)


async def _paid_by_card(stage: Stage) -> object:
    await stage.by_card()
    stage.cards.guest_pays()
    return await stage.desk.confirm_card_booking(member(), (await stage.row()).id)


async def no_place(stage: Stage) -> None:
    stage.rooms.room = 0
    await stage.by_points()


async def points_then_cancelled(stage: Stage) -> None:
    await stage.by_points()
    await _cancelled(stage)


async def points_after_the_hold_has_lapsed(stage: Stage) -> None:
    stage.world.faults["redeem"].extend(["not_sent"] * 10)
    await stage.by_points()
    await stage.work(for_seconds=300)


async def cancelled_before_the_points_are_taken(stage: Stage) -> None:
    stage.world.faults["redeem"].append("not_sent")
    await stage.by_points()
    await _cancelled(stage)


async def cancelled_past_the_cut_off(stage: Stage) -> None:
    await stage.by_points()
    stage.rooms.cutoff_passed = True
    await _cancelled(stage)


async def cancelled_past_the_cut_off_before_the_card_is_charged(stage: Stage) -> None:
    stage.rooms.cutoff_passed = True
    await cancelled_before_the_card_is_charged(stage)
    await stage.work()


async def cancelled_by_the_venue(stage: Stage) -> None:
    await stage.by_points()
    stage.rooms.cancel_all()
    await stage.ledger.record_event("event", (await stage.row()).id, NOON)
    await stage.work()


async def booked_late(stage: Stage) -> None:
    stage.world.faults["book"].append("late")
    await stage.by_points()
    await _cancelled(stage)
    await stage.work()


async def points_taken_late(stage: Stage) -> None:
    stage.world.faults["redeem"].append("late")
    await stage.by_points()
    await _cancelled(stage)
    await stage.work()


async def declined_by_the_venue(stage: Stage) -> None:
    await stage.by_points(kind=SlotKind.ON_REQUEST)
    stage.rooms.decline()
    await stage.work()


async def card(stage: Stage) -> None:
    await _paid_by_card(stage)


async def card_never_paid(stage: Stage) -> None:
    await stage.by_card()
    await stage.work(for_seconds=700)


async def cancelled_before_the_card_is_charged(stage: Stage) -> None:
    stage.world.faults["capture"].append("not_sent")
    await _paid_by_card(stage)
    await _cancelled(stage)


TESTS = Path(__file__).resolve().parents[2]

STORIES: tuple[Story, ...] = (
    no_place,
    points_then_cancelled,
    points_after_the_hold_has_lapsed,
    cancelled_before_the_points_are_taken,
    cancelled_past_the_cut_off,
    cancelled_past_the_cut_off_before_the_card_is_charged,
    cancelled_by_the_venue,
    booked_late,
    points_taken_late,
    declined_by_the_venue,
    card,
    card_never_paid,
    cancelled_before_the_card_is_charged,
)


async def walked(stage: Stage) -> set[Edge]:
    row = await stage.row()
    points = [*(entry.point for entry in row.story), row.point]
    return {(before, after) for before, after in pairwise(points) if before is not after}


def test_the_page_shows_the_picture_of_the_table_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert redrawn(page) == page, "docs/booking.md is stale: python scripts/draw_saga.py --write"


def test_the_numbers_on_the_page_are_those_of_the_policy() -> None:
    row = re.compile(r"^\| `([A-Z_]+)` \| ([0-9.]+) \|", re.MULTILINE)
    told = dict(row.findall(PAGE.read_text("utf-8")))
    assert told
    assert {name: float(value) for name, value in told.items()} == {
        name: getattr(policy, name) for name in told
    }


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", PAGE.read_text("utf-8")))
    written = "".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py"))
    assert named
    assert named <= set(re.findall(r"def (test_[a-z0-9_]+)\(", written))


def test_every_call_of_the_table_is_drawn() -> None:
    drawn = picture()
    assert all(row.calls is None or f" : {row.calls}" in drawn for row in SAGA)


def test_a_page_without_its_marks_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="no marks"):
        redrawn(f"# Booking\n{BEGIN}")


def test_a_stale_picture_is_replaced_and_the_rest_of_the_page_kept() -> None:
    page = redrawn(f"before\n{BEGIN}a stale one\n{END}after\n")
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert "a stale one" not in page
    assert picture() in page


async def test_bookings_walk_every_way_that_is_drawn_and_no_other(tmp_path: Path) -> None:
    seen: set[Edge] = set()
    for number, story in enumerate(STORIES):
        async with open_stage(tmp_path / str(number)) as stage:
            await story(stage)
            seen |= await walked(stage)
    assert seen == edges()
