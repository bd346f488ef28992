"""A ledger that cannot be written any more, while a booking is under way."""

import logging
import math
from pathlib import Path

import pytest

from bff.booking.ledger_away import LedgerAway
from bff.booking.model import Status
from bff.booking.outcomes import Accepted, Away, CardNeeded
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import open_stage


@pytest.mark.parametrize("writes", [1, 2, 3])
async def test_a_points_booking_whose_row_is_open_is_promised_and_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, writes: int
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.writes_left = writes
        answer = await stage.by_points()
        assert isinstance(answer, Accepted)
        assert answer.booking.status is Status.PENDING
        (told,) = [it for it in caplog.records if it.levelno == logging.ERROR]
        assert vars(told)["booking_id"] == answer.booking.id
        stage.world.writes_left = math.inf
        await stage.work()
        assert await check(stage) is Status.CONFIRMED


async def test_a_ledger_that_cannot_even_be_read_leaves_the_promise_standing(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.writes_left, stage.world.is_readable = 1, False
        answer = await stage.by_points()
        assert isinstance(answer, Accepted)
        assert answer.booking.status is Status.PENDING


async def test_a_card_booking_that_nobody_has_paid_goes_on_with_the_same_key(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        stage.world.writes_left = 1
        assert await stage.by_card() == Away(upstream="sevenrooms")
        stage.world.writes_left = math.inf
        await stage.work(for_seconds=20)
        assert isinstance(await stage.by_card(), CardNeeded)


async def test_a_row_that_was_not_opened_books_nothing_and_says_whose_failure_it_is(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.writes_left = 0
        with pytest.raises(LedgerAway):
            await stage.by_points()
        assert stage.world.calls == {}
        stage.world.writes_left = math.inf
        assert isinstance(await stage.by_points(), Accepted)
