"""What a guest is told is what happened, also in the corners."""

from pathlib import Path

import pytest

from bff.booking.model import PaymentStatus, Status
from bff.booking.outcomes import Away, Cancelled, CannotCancel, SlotTaken
from bff.booking.ports import CardState
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import member, open_stage

# A minute of an upstream that loses every answer: pauses that double from one second to twenty.
CALLS_IN_A_MINUTE = 14


@pytest.mark.parametrize("fault", ["undone", "lost"])
async def test_an_upstream_that_loses_every_answer_to_a_hold_is_not_hammered(
    tmp_path: Path, fault: str
) -> None:
    async with open_stage(tmp_path, room=1000) as stage:
        stage.world.faults["hold"].extend([fault] * 1000)
        await stage.by_points()
        assert stage.world.calls["hold"] == 2
        await stage.work(for_seconds=60)
        assert stage.world.calls["hold"] <= CALLS_IN_A_MINUTE
        assert stage.world.calls["balance"] <= CALLS_IN_A_MINUTE


async def test_a_redemption_refused_for_no_reason_we_know_is_not_a_taken_slot(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["redeem"].append("refused")
        assert await stage.by_points() == Away(upstream="upstream", retryable=False)
        assert await check(stage) is Status.FAILED


async def test_a_payment_that_stripe_will_not_open_is_not_a_declined_card(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["open"].append("refused")
        assert await stage.by_card() == Away(upstream="upstream", retryable=False)
        assert await check(stage) is Status.FAILED


async def test_a_card_booking_cancelled_before_paying_has_nothing_returned_and_nothing_to_pay(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        booking = (await stage.by_card()).booking
        assert isinstance(await stage.desk.cancel(member(), booking.id), Cancelled)
        assert (await stage.row()).payment_status is PaymentStatus.NONE
        assert await stage.desk.confirm_card_booking(member(), booking.id) == SlotTaken()


async def test_a_payment_made_too_late_is_said_to_be_returned(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        booking = (await stage.by_card()).booking
        stage.cards.intents[booking.id] = CardState.AUTHORISED
        assert isinstance(await stage.desk.cancel(member(), booking.id), Cancelled)
        assert (await stage.row()).payment_status is PaymentStatus.RETURNED


async def test_a_payment_that_stripe_no_longer_knows_does_not_outlive_its_deadline(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        stage.world.faults["look"].extend(["refused"] * 2)
        await stage.work(for_seconds=700)
        assert await check(stage) is Status.FAILED


@pytest.mark.parametrize("visit", [Status.COMPLETED, Status.NO_SHOW])
async def test_a_visit_cannot_be_cancelled_and_is_not_paid_back(
    tmp_path: Path, visit: Status
) -> None:
    async with open_stage(tmp_path) as stage:
        booking = (await stage.by_points()).booking
        stage.rooms.visited = visit
        assert isinstance(await stage.desk.cancel(member(), booking.id), CannotCancel)
        assert await check(stage) is Status.CONFIRMED


async def test_a_long_outage_and_one_refusal_do_not_make_a_doubt(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        booking = (await stage.by_points()).booking
        stage.world.faults["cancel"].extend(["not_sent"] * 8 + ["refused"])
        await stage.desk.cancel(member(), booking.id)
        await stage.work(for_seconds=300)
        assert await check(stage) is Status.CANCELLED


async def test_an_undo_that_is_refused_over_and_over_is_a_persons(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        booking = (await stage.by_points()).booking
        stage.world.faults["cancel"].extend(["refused"] * 50)
        await stage.desk.cancel(member(), booking.id)
        await stage.work(for_seconds=300)
        assert (await stage.row()).in_doubt
