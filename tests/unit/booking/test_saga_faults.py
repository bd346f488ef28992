"""Every upstream write of every path, failing in each of the three ways."""

from pathlib import Path

import pytest

from bff.booking.model import PaymentStatus, Status
from bff.booking.outcomes import Accepted, Away, Cancelled, CardDeclined, CardNeeded, SlotTaken
from bff.booking.ports import CardState
from bff.catalogue.model import SlotKind
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import Stage, member, open_stage

FAULTS = ("not_sent", "lost", "undone")


async def test_points_buy_a_place_with_four_ledger_writes_and_one_call_each(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        answer = await stage.by_points()
        assert isinstance(answer, Accepted)
        assert answer.booking.status is Status.CONFIRMED
        assert answer.booking.confirmation_code == "CODE"
        assert stage.world.calls == {"balance": 1, "hold": 1, "redeem": 1, "book": 1}
        assert (await stage.row()).version == 3
        assert await check(stage) is Status.CONFIRMED


@pytest.mark.parametrize("call", ["hold", "redeem", "book"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_points_booking_survives_one_failed_call(
    tmp_path: Path, call: str, fault: str
) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        stage.world.faults[call].append(fault)
        answer = await stage.by_points()
        assert isinstance(answer, Accepted)
        await stage.work()
        assert await check(stage) is Status.CONFIRMED
        assert len(stage.points.entries) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_lost_hold_of_the_last_place_is_waited_out_not_taken_for_a_rival(
    tmp_path: Path, fault: str
) -> None:
    async with open_stage(tmp_path, room=1) as stage:
        stage.world.faults["hold"].append(fault)
        await stage.by_points()
        await stage.work(for_seconds=90)
        assert await check(stage) is Status.CONFIRMED


async def test_a_place_gone_after_payment_gives_the_points_back(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        await stage.by_points()
        stage.rooms.room = 0
        await stage.work()
        assert await check(stage) is Status.FAILED
        assert stage.points.amount == 1000
        assert (await stage.row()).payment_status is PaymentStatus.RETURNED


@pytest.mark.parametrize("fault", FAULTS)
async def test_points_are_given_back_once_whatever_happens_to_the_call(
    tmp_path: Path, fault: str
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        stage.world.faults["give_back"].append(fault)
        await stage.by_points()
        stage.rooms.room = 0
        await stage.work()
        assert await check(stage) is Status.FAILED
        assert stage.points.amount == 1000


async def test_unknown_redemption_without_history_rests_in_doubt_and_charges_once(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.points.has_history = False
        stage.world.faults["redeem"].append("lost")
        await stage.by_points()
        await stage.work(for_seconds=3000)
        row = await stage.row()
        assert row.in_doubt
        assert len(stage.points.entries) == 1


async def test_a_full_slot_costs_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=0) as stage:
        assert isinstance(await stage.by_points(), SlotTaken)
        assert stage.points.entries == []
        assert await check(stage) is Status.FAILED


async def test_a_hold_that_lapsed_is_taken_again_before_points_are(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["redeem"].extend(["not_sent"] * 30)
        await stage.by_points()
        await stage.work(for_seconds=1200)
        assert await check(stage) is Status.CONFIRMED
        assert stage.world.calls["hold"] >= 2


async def test_an_outage_past_the_deadline_ends_failed_with_nothing_taken(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["hold"].extend(["not_sent"] * 9999)
        answer = await stage.by_points()
        assert isinstance(answer, Accepted)
        assert answer.booking.status is Status.PENDING
        stage.world.clock.advance(13 * 3600)
        await stage.work()
        assert await check(stage) is Status.FAILED


async def test_a_card_is_charged_only_after_the_place_is_booked(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        answer = await stage.by_card()
        assert isinstance(answer, CardNeeded)
        assert stage.world.calls == {"hold": 1, "open": 1, "sheet": 1}
        stage.cards.guest_pays()
        confirmed = await stage.desk.confirm_card_booking(member(), answer.booking.id)
        assert isinstance(confirmed, Accepted)
        assert confirmed.booking.status is Status.CONFIRMED
        assert await check(stage) is Status.CONFIRMED


@pytest.mark.parametrize("call", ["hold", "open", "look", "book", "capture"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_card_booking_survives_one_failed_call(
    tmp_path: Path, call: str, fault: str
) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        stage.world.faults[call].append(fault)
        answer = await stage.by_card()
        if call == "open" or (call, fault) == ("hold", "not_sent"):
            assert isinstance(answer, Away)
        await stage.work(for_seconds=30)
        stage.cards.guest_pays()
        await stage.desk.confirm_card_booking(member(), (await stage.row()).id)
        await stage.work()
        assert await check(stage) is Status.CONFIRMED


async def test_a_declined_card_leaves_the_booking_open_for_another(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        answer = await stage.by_card()
        stage.cards.intents[answer.booking.id] = CardState.DECLINED
        stage.cards.decline_code = "insufficient_funds"
        declined = await stage.desk.confirm_card_booking(member(), answer.booking.id)
        assert declined == CardDeclined(decline_code="insufficient_funds", retryable=True)
        stage.cards.decline_code = None
        stage.cards.guest_pays()
        confirmed = await stage.desk.confirm_card_booking(member(), answer.booking.id)
        assert isinstance(confirmed, Accepted)
        assert await check(stage) is Status.CONFIRMED


async def test_a_guest_who_never_pays_loses_the_place_and_keeps_the_money(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        await stage.work(for_seconds=700)
        assert await check(stage) is Status.FAILED
        assert not stage.rooms.live_holds()


async def test_a_late_payment_for_a_lost_place_is_returned(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        answer = await stage.by_card()
        stage.world.clock.advance(610)
        stage.cards.guest_pays()
        stage.rooms.room = 0
        outcome = await stage.desk.confirm_card_booking(member(), answer.booking.id)
        assert isinstance(outcome, SlotTaken)
        assert await check(stage) is Status.FAILED


@pytest.mark.parametrize("call", ["request", "redeem"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_request_survives_one_failed_call_and_is_confirmed_by_the_venue(
    tmp_path: Path, call: str, fault: str
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults[call].append(fault)
        await stage.by_points(kind=SlotKind.ON_REQUEST)
        await stage.work()
        assert await check(stage) is Status.REQUESTED
        stage.rooms.approve()
        await stage.work()
        assert await check(stage) is Status.CONFIRMED


async def test_a_declined_request_gives_everything_back(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points(kind=SlotKind.ON_REQUEST)
        stage.rooms.decline()
        await stage.work()
        assert await check(stage) is Status.FAILED


async def test_a_venue_that_never_answers_ends_with_everything_back(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points(kind=SlotKind.ON_REQUEST)
        stage.world.clock.advance(2 * 86400)
        await stage.work()
        assert await check(stage) is Status.FAILED


async def _cancelled(stage: Stage) -> object:
    return await stage.desk.cancel(member(), (await stage.row()).id)


@pytest.mark.parametrize("call", ["cancel", "give_back"])
@pytest.mark.parametrize("fault", [None, *FAULTS])
async def test_cancelling_returns_place_and_points_whatever_fails(
    tmp_path: Path, call: str, fault: str | None
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        stage.world.faults[call].extend([fault] if fault else [])
        answer = await _cancelled(stage)
        # While the venue may still say no, nothing is promised but to go on.
        assert isinstance(answer, Away if fault and call == "cancel" else Cancelled)
        await stage.work()
        assert await check(stage) is Status.CANCELLED


async def test_cancelling_past_the_cut_off_leaves_the_booking_as_it_was(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        stage.rooms.cutoff_passed = True
        answer = await _cancelled(stage)
        assert not isinstance(answer, Cancelled)
        assert await check(stage) is Status.CONFIRMED


async def test_a_request_can_be_cancelled_while_the_venue_thinks(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points(kind=SlotKind.ON_REQUEST)
        assert isinstance(await _cancelled(stage), Cancelled)
        assert await check(stage) is Status.CANCELLED
