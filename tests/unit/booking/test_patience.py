"""How the numbers of time hang together: when a lost call is believed undone, when all is well."""

import datetime as dt
import re
from pathlib import Path

import pytest

from bff.booking import policy
from bff.booking.model import Booking, Point, Status
from bff.worker import SWEEP_SECONDS
from clients.until import seconds_left
from tests.unit.booking.invariants import check
from tests.unit.booking.payment_books import PointsBooks
from tests.unit.booking.stage import CALL_SECONDS, driver, open_stage

EXAMPLE = Path(__file__).resolve().parents[3] / ".env.example"
# What of the ten seconds after a death is kept for starting again and for the calls themselves.
SPARE_SECONDS = 1.5


def test_the_calls_here_last_as_long_as_those_of_the_settings() -> None:
    told = re.search(r"BFF_UPSTREAM_TIMEOUT_SECONDS=([0-9.]+)", EXAMPLE.read_text("utf-8"))
    assert told is not None
    assert float(told[1]) == CALL_SECONDS


def test_a_lease_outlives_two_missed_heartbeats() -> None:
    assert 3 * policy.HEARTBEAT_SECONDS <= policy.LEASE_SECONDS


def test_a_death_beside_any_call_costs_less_than_ten_seconds() -> None:
    # The lease ends, a sweep finds the booking, its upstream knows of nothing; once that has
    # settled, the next sweep makes the call.
    asked = policy.LEASE_SECONDS + SWEEP_SECONDS
    done_again = max(asked, policy.settles_after(CALL_SECONDS)) + SWEEP_SECONDS
    assert done_again <= 10 - SPARE_SECONDS


@pytest.mark.parametrize("call_seconds", [0.1, CALL_SECONDS, 30.0])
def test_no_write_of_ours_is_under_way_when_it_is_believed_undone(call_seconds: float) -> None:
    assert call_seconds < policy.writes_end_after(call_seconds)
    assert policy.writes_end_after(call_seconds) < policy.settles_after(call_seconds)


async def test_a_no_is_believed_as_soon_as_the_slowest_call_of_ours_is_over(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["redeem"].append("undone")
        await stage.by_points()
        row = await stage.row()
        settled = dt.timedelta(seconds=policy.settles_after(CALL_SECONDS))
        assert row.announced_at is not None
        assert row.due_at == row.announced_at + settled


async def test_with_longer_calls_a_no_is_believed_later(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["redeem"].append("undone")
        await stage.by_points()
        stage.world.clock.advance(policy.settles_after(CALL_SECONDS))
        slow = driver(stage, "slow", call_seconds=30)
        booking = await slow.resume((await stage.row()).id)
        assert booking is not None
        assert booking.point is Point.HELD
        assert stage.world.calls["redeem"] == 1
        stage.world.clock.advance(30)
        await slow.resume(booking.id)
        assert await check(stage) is Status.CONFIRMED
        assert stage.world.calls["redeem"] == 2


async def test_a_write_ends_before_anybody_believes_that_it_was_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long after its announcement it is begun."""
    left: list[float] = []
    redeem = PointsBooks.redeem

    async def watched(books: PointsBooks, booking: Booking, receipt_no: str) -> str | None:
        seconds = seconds_left(writes=True)
        assert seconds is not None
        left.append(seconds)
        return await redeem(books, booking, receipt_no)

    monkeypatch.setattr(PointsBooks, "redeem", watched)
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
    assert left == pytest.approx([policy.writes_end_after(CALL_SECONDS)], abs=0.1)
    assert seconds_left(writes=True) is None
