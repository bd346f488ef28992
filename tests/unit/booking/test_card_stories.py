"""Cards over time: declined, abandoned, late, authorised too long; webhooks early, twice, never."""

import datetime as dt
from pathlib import Path

import pytest

from bff.booking import policy
from bff.booking.model import Point, Reason, Status
from bff.booking.outcomes import Accepted, CardDeclined, CardNeeded
from bff.booking.ports import CardState
from bff.catalogue.model import SlotKind
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import HOLD_SECONDS, Stage, member, open_stage

MONTH = dt.timedelta(days=30)


async def told(stage: Stage, event_id: str = "event") -> None:
    """Stripe tells of the PaymentIntent."""
    row = await stage.row()
    await stage.ledger.record_event(event_id, row.id, stage.world.clock.now())


async def declined(stage: Stage, code: str = "insufficient_funds") -> object:
    row = await stage.row()
    stage.cards.intents[row.id] = CardState.DECLINED
    stage.cards.decline_code = code
    return await stage.desk.confirm_card_booking(member(), row.id)


async def test_a_second_card_pays_for_the_same_place_with_the_same_key(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        first = await stage.by_card()
        assert await declined(stage) == CardDeclined(
            decline_code="insufficient_funds", retryable=True
        )
        assert await stage.by_card() == CardDeclined(
            decline_code="insufficient_funds", retryable=True
        )
        stage.cards.guest_pays()
        again = await stage.by_card()
        assert isinstance(again, Accepted)
        assert again.booking.id == first.booking.id
        assert await check(stage) is Status.CONFIRMED
        assert len(stage.cards.intents) == 1


async def test_a_card_declined_until_the_hold_ends_costs_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        await declined(stage)
        await stage.work(for_seconds=HOLD_SECONDS)
        assert await check(stage) is Status.FAILED
        assert (await stage.row()).reason is Reason.PAYMENT_NOT_MADE


async def test_three_d_secure_left_half_way_frees_the_place_when_the_hold_ends(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        await told(stage)  # requires_action: the intent is still open
        await stage.work(for_seconds=HOLD_SECONDS - 30)
        assert await check(stage) is Status.AWAITING_PAYMENT
        await stage.work(for_seconds=60)
        assert await check(stage) is Status.FAILED
        assert not stage.rooms.live_holds()


async def test_a_webhook_finishes_what_the_app_never_came_back_for(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        stage.cards.guest_pays()
        await told(stage)
        await stage.work(for_seconds=2)
        assert await check(stage) is Status.CONFIRMED


async def test_without_app_and_webhook_a_payment_is_found_before_the_hold_ends(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        stage.cards.guest_pays()
        await stage.work(for_seconds=HOLD_SECONDS)
        assert await check(stage) is Status.CONFIRMED


async def test_a_webhook_may_come_before_our_own_answer(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["open"].append("lost")
        await stage.by_card()
        assert (await stage.row()).point is Point.HELD
        stage.cards.guest_pays()
        await told(stage)
        await stage.work(for_seconds=5)
        await told(stage, "the next event")
        await stage.work(for_seconds=5)
        assert await check(stage) is Status.CONFIRMED
        assert len(stage.cards.intents) == 1


@pytest.mark.parametrize("times", [1, 5])
async def test_events_after_the_end_change_nothing(tmp_path: Path, times: int) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        stage.cards.guest_pays()
        await stage.desk.confirm_card_booking(member(), (await stage.row()).id)
        for number in range(times):
            await told(stage, f"event {number}")
            await stage.work(for_seconds=5)
        assert await check(stage) is Status.CONFIRMED
        assert stage.world.calls["capture"] == 1


async def test_a_card_is_let_go_of_before_its_authorisation_ends(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        starts_at = stage.world.clock.now() + MONTH
        await stage.by_card(kind=SlotKind.ON_REQUEST, starts_at=starts_at)
        stage.cards.guest_pays()
        await stage.desk.confirm_card_booking(member(), (await stage.row()).id)
        assert await check(stage) is Status.REQUESTED
        stage.world.clock.advance(policy.AUTHORISATION_DAYS * 86400 - 60)
        await stage.work(for_seconds=30)
        assert await check(stage) is Status.REQUESTED
        await stage.work(for_seconds=90)
        assert await check(stage) is Status.FAILED
        assert (await stage.row()).reason is Reason.VENUE_SILENT


async def test_a_request_whose_guest_never_pays_is_withdrawn(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        assert isinstance(await stage.by_card(kind=SlotKind.ON_REQUEST), CardNeeded)
        await stage.work(for_seconds=HOLD_SECONDS)
        assert await check(stage) is Status.FAILED
        assert not stage.rooms.live_requests


async def test_a_payment_made_while_it_is_being_undone_is_returned(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        stage.world.faults["card_give_back"].extend(["not_sent"] * 3)
        await stage.desk.cancel(member(), (await stage.row()).id)
        stage.cards.guest_pays()
        await stage.work()
        assert await check(stage) is Status.CANCELLED


async def test_a_card_processor_that_refuses_our_key_undoes_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["capture"].extend(["unauthorised"] * 3)
        await stage.by_card()
        stage.cards.guest_pays()
        await stage.desk.confirm_card_booking(member(), (await stage.row()).id)
        assert (await stage.row()).point is Point.BOOKED
        await stage.work()
        assert await check(stage) is Status.CONFIRMED
