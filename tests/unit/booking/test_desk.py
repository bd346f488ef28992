"""What the desk answers: keys, repetitions, races, refusals."""

import asyncio
import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from bff.booking.model import Status
from bff.booking.outcomes import (
    Accepted,
    Away,
    BadInput,
    CannotCancel,
    CardNeeded,
    KeyReused,
    NotEnoughPoints,
    SessionOver,
    SlotTaken,
)
from tests.fake_clock import NOON
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import member, open_stage


async def test_the_same_key_and_input_is_one_booking_and_the_same_answer(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        first = await stage.by_points()
        again = await stage.by_points()
        assert again.booking.id == first.booking.id
        assert again == first
        assert await check(stage) is Status.CONFIRMED


async def test_the_same_key_with_other_input_is_a_conflict_and_does_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        await stage.by_points()
        calls = stage.world.calls.copy()
        assert await stage.by_points(party_size=3) == KeyReused()
        assert await stage.by_card() == KeyReused()
        assert stage.world.calls == calls


async def test_the_same_key_of_another_member_is_another_booking(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        mine = await stage.by_points()
        theirs = await stage.by_points(who=member("sub-2"))
        assert mine.booking.id != theirs.booking.id


async def test_fifty_parallel_calls_with_one_key_are_one_booking_and_fifty_equal_answers(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path, room=50) as stage:
        answers = await asyncio.gather(*(stage.by_points() for _ in range(50)))
        assert {repr(answer) for answer in answers} == {repr(answers[0])}
        assert isinstance(answers[0], Accepted)
        assert stage.world.calls["redeem"] == 1
        assert await check(stage) is Status.CONFIRMED


async def test_of_forty_buyers_of_one_place_one_is_confirmed_and_the_others_keep_their_points(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path, room=1, balance=100_000) as stage:
        answers = await asyncio.gather(
            *(stage.by_points(who=member(f"sub-{n}")) for n in range(40))
        )
        kinds = Counter(type(answer) for answer in answers)
        assert kinds == {Accepted: 1, SlotTaken: 39}
        assert len(stage.points.entries) == 1
        assert len(stage.rooms.live) == 1


async def test_twenty_parallel_bookings_with_points_for_one_are_one(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=50, balance=400) as stage:
        answers = await asyncio.gather(*(stage.by_points(key=f"key-{n:020}") for n in range(20)))
        kinds = Counter(type(answer) for answer in answers)
        assert kinds == {Accepted: 1, NotEnoughPoints: 19}
        assert stage.points.amount == 100
        assert len(stage.rooms.live) == 1
        assert not stage.rooms.live_holds()


async def test_a_repetition_with_an_expired_slot_id_gets_the_first_answer(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        slot_id = stage.slot_id()
        keyed = {"key": "k" * 16, "slot_id": slot_id, "notes": None}
        first = await stage.desk.book_with_points(member(), **keyed)
        stage.world.clock.advance(3600)
        assert await stage.desk.book_with_points(member(), **keyed) == first


async def test_an_expired_slot_id_books_nothing_new(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        slot_id = stage.slot_id()
        stage.world.clock.advance(3600)
        answer = await stage.desk.book_with_points(
            member(), key="k" * 16, slot_id=slot_id, notes=None
        )
        assert answer == SlotTaken()
        assert await check(stage) is None


@pytest.mark.parametrize("slot_id", ["", "nonsense", "1" * 5000, "\ud800", "1.e30.x"])
async def test_a_slot_id_that_is_not_ours_is_named_as_the_bad_field(
    tmp_path: Path, slot_id: str
) -> None:
    async with open_stage(tmp_path) as stage:
        answer = await stage.desk.book_with_points(
            member(), key="k" * 16, slot_id=slot_id, notes=None
        )
        assert isinstance(answer, BadInput)
        assert answer.field == "slotId"


async def test_too_few_points_are_told_with_balance_and_price_and_hold_nothing(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path, balance=299) as stage:
        assert await stage.by_points() == NotEnoughPoints(balance=299, required=300)
        assert stage.world.calls == {"balance": 1}


async def test_points_are_refused_where_the_slot_has_no_price_in_points(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        assert isinstance(await stage.by_points(points=None), BadInput)


async def test_a_member_whose_crm_session_is_over_is_sent_to_sign_in_and_may_reuse_the_key(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        over = member(expires_at=NOON - dt.timedelta(seconds=1))
        assert await stage.by_points(who=over) == SessionOver()
        assert stage.world.calls == {}
        assert isinstance(await stage.by_points(), Accepted)


async def test_a_repeated_card_booking_gets_the_same_sheet(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        first = await stage.by_card()
        again = await stage.by_card()
        assert isinstance(again, CardNeeded)
        assert again.sheet == first.sheet
        assert again.booking.id == first.booking.id
        assert stage.world.calls["open"] == 1


async def test_a_card_booking_while_the_reservation_system_is_away_promises_nothing(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["hold"].append("not_sent")
        assert await stage.by_card() == Away(upstream="sevenrooms")
        assert isinstance(await stage.by_card(), CardNeeded)


async def test_a_free_place_asks_for_no_payment(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        answer = await stage.by_card(price=None, points=None)
        assert isinstance(answer, Accepted)
        assert answer.booking.status is Status.CONFIRMED
        assert stage.world.calls == {"hold": 1, "book": 1}


async def test_another_members_booking_can_be_neither_confirmed_nor_cancelled(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        booking = (await stage.by_card()).booking
        other = member("sub-2")
        assert isinstance(await stage.desk.confirm_card_booking(other, booking.id), BadInput)
        assert isinstance(await stage.desk.cancel(other, booking.id), CannotCancel)
        assert stage.world.calls["look"] == 0


async def test_a_booking_that_has_begun_cannot_be_cancelled(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        booking = (await stage.by_points()).booking
        stage.world.clock.advance(2 * 86400)
        assert isinstance(await stage.desk.cancel(member(), booking.id), CannotCancel)
        assert await check(stage) is Status.CONFIRMED
