"""A booking that ended without effect, asked for once more under its key."""

import datetime as dt
from pathlib import Path

from bff.booking.model import Reason, Status
from bff.booking.outcomes import Accepted, Away, CardNeeded, SessionOver, SlotTaken
from tests.fake_clock import NOON
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import HOLD_SECONDS, Stage, member, open_stage


async def given_up(stage: Stage) -> None:
    """Let the reservation system be away until the booking's deadline is over."""
    stage.world.faults["hold"].extend(["not_sent"] * 200)
    await stage.work(for_seconds=HOLD_SECONDS + 50)
    stage.world.faults["hold"].clear()
    assert (await stage.row()).reason is Reason.UPSTREAM_GONE


async def test_what_an_outage_has_ended_starts_anew_while_the_slot_id_is_good(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["hold"].append("not_sent")
        assert await stage.by_card() == Away(upstream="sevenrooms")
        await given_up(stage)
        assert isinstance(await stage.by_card(), CardNeeded)


async def test_after_signing_in_again_too_late_for_the_slot_id_the_slot_is_gone(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        keyed = {"key": "k" * 16, "slot_id": stage.slot_id(), "notes": None}
        stage.world.faults["redeem"].append("session_over")
        assert await stage.desk.book_with_points(member(), **keyed) == SessionOver()
        stage.world.clock.advance(3600)
        assert await stage.desk.book_with_points(member(), **keyed) == SlotTaken()
        assert await check(stage) is Status.FAILED


async def test_after_an_outage_too_long_for_the_slot_id_the_slot_is_gone(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        keyed = {
            "key": "k" * 16,
            "slot_id": stage.slot_id(),
            "notes": None,
            "stripe_version": None,
        }
        stage.world.faults["hold"].append("not_sent")
        assert await stage.desk.book_with_card(member(), **keyed) == Away(upstream="sevenrooms")
        await given_up(stage)
        stage.world.clock.advance(3600)
        assert await stage.desk.book_with_card(member(), **keyed) == SlotTaken()
        assert await check(stage) is Status.FAILED


async def test_what_has_begun_is_not_started_anew_and_its_row_stays_as_it_was(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        soon = {"starts_at": NOON + dt.timedelta(seconds=HOLD_SECONDS + 10)}
        stage.world.faults["hold"].append("not_sent")
        assert await stage.by_card(**soon) == Away(upstream="sevenrooms")
        await given_up(stage)
        before = await stage.row()
        assert await stage.by_card(**soon) == SlotTaken()
        assert await stage.row() == before


async def test_a_crm_session_about_to_end_is_to_be_renewed_before_anything_is_held(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        ending = member(expires_at=NOON + dt.timedelta(seconds=599))
        assert await stage.by_points(who=ending) == SessionOver()
        assert stage.world.calls == {}
        assert isinstance(await stage.by_points(), Accepted)


async def test_a_crm_session_about_to_end_starts_nothing_anew(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ending = member(expires_at=NOON + dt.timedelta(seconds=1200))
        stage.world.faults["hold"].append("not_sent")
        assert isinstance(await stage.by_points(who=ending), Accepted)
        await given_up(stage)
        calls = stage.world.calls.copy()
        assert await stage.by_points(who=ending) == SessionOver()
        assert stage.world.calls == calls


async def test_what_costs_nothing_needs_no_crm_session(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ending = member(expires_at=NOON + dt.timedelta(seconds=1))
        answer = await stage.by_points(who=ending, price=None, points=None)
        assert isinstance(answer, Accepted)
        assert answer.booking.status is Status.CONFIRMED
