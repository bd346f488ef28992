"""A guest, or the venue, cancels: at every point, whatever is under way."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bff.booking.changes import Changes
from bff.booking.effort import Effort
from bff.booking.model import PaymentStatus, Point, Reason, Status
from bff.booking.outcomes import Away, Cancelled, CannotCancel
from bff.booking.ports import CardState
from bff.booking.reading import view_of
from bff.catalogue.model import SlotKind
from tests.fake_clock import NOON
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import Stage, driver, member, open_stage

ON_REQUEST = {"kind": SlotKind.ON_REQUEST}
OUTAGE = ("not_sent",) * 3

Story = Callable[[Stage], Awaitable[object]]


async def cancel(stage: Stage) -> object:
    return await stage.desk.cancel(member(), (await stage.row()).id)


def by_points(call: str | None = None, *faults: str, **of: object) -> Story:
    async def story(stage: Stage) -> None:
        stage.world.faults[call or ""].extend(faults)
        await stage.by_points(**of)

    return story


def by_card(call: str | None = None, *faults: str, pays: bool = True, **of: object) -> Story:
    async def story(stage: Stage) -> None:
        stage.world.faults[call or ""].extend(faults)
        await stage.by_card(**of)
        if pays:
            stage.cards.guest_pays()
            await stage.desk.confirm_card_booking(member(), (await stage.row()).id)

    return story


def unknown(call: str, ask: str, **of: object) -> Story:
    """The call was done, its answer lost, and who would know is away."""

    async def story(stage: Stage) -> None:
        stage.world.faults[call].append("lost")
        stage.world.faults[ask].extend(OUTAGE)
        await stage.by_points(**of)

    return story


async def undoing(stage: Stage) -> None:
    await stage.by_points()
    stage.world.faults["cancel"].append("not_sent")
    await cancel(stage)


async def returning(stage: Stage) -> None:
    await stage.by_points()
    stage.world.faults["give_back"].append("not_sent")
    await cancel(stage)


async def approved_meanwhile(stage: Stage) -> None:
    await stage.by_points(kind=SlotKind.ON_REQUEST)
    stage.rooms.approve()


STORIES: dict[str, tuple[Story, Point]] = {
    "nothing held, in an outage": (by_points("hold", *OUTAGE), Point.ACCEPTED),
    "asked or not, unknown: not": (by_points("request", "undone", **ON_REQUEST), Point.ACCEPTED),
    "asked, and not known": (unknown("request", "find_request", **ON_REQUEST), Point.ACCEPTED),
    "held, in an outage": (by_points("redeem", *OUTAGE), Point.HELD),
    "points taken or not, unknown: not": (by_points("redeem", "undone"), Point.HELD),
    "points taken, and not known": (unknown("redeem", "was_redeemed"), Point.HELD),
    "requested, points in an outage": (by_points("redeem", *OUTAGE, **ON_REQUEST), Point.HELD),
    "the card to be asked for": (by_card("open", "not_sent", pays=False), Point.HELD),
    "the guest is to pay": (by_card(pays=False), Point.AWAITING_PAYMENT),
    "paid, in an outage": (by_points("book", *OUTAGE), Point.PAID),
    "paid, booked or not, unknown: not": (by_points("book", "undone"), Point.PAID),
    "booked, and not known": (unknown("book", "find_reservation"), Point.PAID),
    "card paid, in an outage": (by_card("book", *OUTAGE), Point.PAID),
    "the venue thinks": (by_points(**ON_REQUEST), Point.PAID),
    "the venue thinks, by card": (by_card(**ON_REQUEST), Point.PAID),
    "the venue has just said yes": (approved_meanwhile, Point.PAID),
    "booked, not captured": (by_card("capture", "not_sent"), Point.BOOKED),
    "booked, captured or not, unknown": (by_card("capture", "lost"), Point.BOOKED),
    "confirmed by points": (by_points(), Point.CONFIRMED),
    "confirmed by card": (by_card(), Point.CONFIRMED),
    "confirmed free": (by_points(price=None, points=None), Point.CONFIRMED),
    "being undone": (undoing, Point.UNDOING),
    "being paid back": (returning, Point.RETURNING),
}


def test_every_point_but_the_last_is_cancelled_at() -> None:
    assert {point for _, point in STORIES.values()} == set(Point) - {Point.ENDED}


@pytest.mark.parametrize("name", STORIES)
async def test_cancelling_at_every_point_leaves_no_place_and_no_payment(
    tmp_path: Path, name: str
) -> None:
    story, point = STORIES[name]
    async with open_stage(tmp_path, room=2) as stage:
        await story(stage)
        assert (await stage.row()).point is point
        assert isinstance(await cancel(stage), Cancelled | Away)
        await stage.work(for_seconds=100)
        assert await check(stage) is Status.CANCELLED
        assert (await stage.row()).reason is Reason.GUEST_CANCELLED
        assert isinstance(await cancel(stage), Cancelled)


@pytest.mark.parametrize("name", STORIES)
async def test_a_wish_outlives_the_driver_that_has_the_booking(tmp_path: Path, name: str) -> None:
    story, _ = STORIES[name]
    async with open_stage(tmp_path, room=2) as stage:
        await story(stage)
        impatient(stage)
        await dead_driver(stage)
        assert isinstance(await cancel(stage), Cancelled | Away)
        await stage.work(for_seconds=100)
        assert await check(stage) is Status.CANCELLED


def impatient(stage: Stage) -> None:
    stage.desk._effort = Effort(driver(stage, "web"), stage.ledger, Changes(), budget_seconds=0.01)


async def dead_driver(stage: Stage) -> None:
    """Somebody took the lease and died."""
    row = await stage.row()
    now = stage.world.clock.now()
    until = now + dt.timedelta(seconds=6)
    assert await stage.ledger.claim(row.id, owner="dead", now=now, until=until) is not None


async def test_who_cannot_get_at_the_booking_is_not_told_of_a_cut_off(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        impatient(stage)
        await dead_driver(stage)
        assert await cancel(stage) == Away(upstream="sevenrooms")
        await stage.work(for_seconds=10)
        assert isinstance(await cancel(stage), Cancelled)


async def test_nothing_is_called_cancelled_while_the_venue_may_say_no(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        stage.world.faults["cancel"].append("not_sent")
        assert await cancel(stage) == Away(upstream="sevenrooms")
        stage.rooms.cutoff_passed = True
        await stage.work()
        assert await check(stage) is Status.CONFIRMED


async def test_past_the_cut_off_a_booking_is_no_longer_shown_as_cancellable(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        assert view_of(await stage.row(), NOON).is_cancellable
        stage.rooms.cutoff_passed = True
        assert isinstance(await cancel(stage), CannotCancel)
        assert not view_of(await stage.row(), NOON).is_cancellable


async def test_past_the_cut_off_a_card_that_was_not_charged_yet_is_charged(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        await by_card("capture", "not_sent")(stage)
        stage.rooms.cutoff_passed = True
        assert isinstance(await cancel(stage), CannotCancel)
        await stage.work()
        assert await check(stage) is Status.CONFIRMED
        assert list(stage.cards.intents.values()) == [CardState.CAPTURED]


async def test_an_unpaid_place_that_the_venue_keeps_is_no_gift(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await by_points("redeem", *OUTAGE, **ON_REQUEST)(stage)
        stage.rooms.approve()
        stage.rooms.cutoff_passed = True
        await cancel(stage)
        await stage.work()
        row = await stage.row()
        assert row.in_doubt
        assert row.point is Point.UNDOING


async def test_ten_guests_fingers_on_the_button_are_one_cancellation(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        answers = await asyncio.gather(*(cancel(stage) for _ in range(10)))
        assert all(isinstance(answer, Cancelled | Away) for answer in answers)
        await stage.work()
        assert await check(stage) is Status.CANCELLED
        assert stage.world.calls["give_back"] == 1


@pytest.mark.parametrize("pay", [by_points(), by_card()])
async def test_what_the_venue_cancels_is_paid_back_and_says_why(tmp_path: Path, pay: Story) -> None:
    async with open_stage(tmp_path) as stage:
        await pay(stage)
        stage.rooms.cancel_all()
        row = await stage.row()
        await stage.ledger.record_event("event", row.id, stage.world.clock.now())
        await stage.work()
        assert await check(stage) is Status.CANCELLED
        row = await stage.row()
        assert row.reason is Reason.VENUE_CANCELLED
        assert row.payment_status is PaymentStatus.RETURNED
        assert stage.world.calls["cancel"] == 0
        assert view_of(row, NOON).status_reason == "The venue cancelled this booking."


async def test_an_event_for_a_booking_that_stands_changes_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await by_card()(stage)
        before = await stage.row()
        await stage.ledger.record_event("event", before.id, stage.world.clock.now())
        await stage.work()
        after = await stage.row()
        assert replace(after, version=0, story=(), updated_at=NOON) == replace(
            before, version=0, story=(), updated_at=NOON
        )
