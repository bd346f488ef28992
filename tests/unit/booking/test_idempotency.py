"""One key, one booking, one answer: after a crash, while the first runs, and long afterwards."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bff.booking.model import Status
from bff.booking.outcomes import Accepted, Away, CardNeeded, KeyReused, NotEnoughPoints, SlotTaken
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import SEAL, Stage, member, open_stage
from tests.unit.booking.upstream_world import Killed

DAY = 86_400

Story = Callable[[Stage], Awaitable[object]]


async def instants(folder: Path) -> int:
    async with open_stage(folder) as stage:
        await stage.by_points()
        return stage.world.instants


async def test_after_a_crash_at_any_instant_the_same_call_gets_the_answer_of_the_first(
    tmp_path: Path,
) -> None:
    for instant in range(await instants(tmp_path / "whole")):
        async with open_stage(tmp_path / str(instant), room=2) as stage:
            stage.world.dies_at = instant
            with contextlib.suppress(Killed):
                await stage.by_points()
            rows = await stage.ledger.of_member("sub-1")
            await stage.work(for_seconds=30)
            answer = await stage.by_points()
            assert isinstance(answer, Accepted)
            assert answer.booking.status is Status.CONFIRMED
            assert [row.id for row in rows] in ([], [answer.booking.id])
            assert await stage.by_points() == answer
            assert await check(stage) is Status.CONFIRMED


async def test_while_the_first_still_runs_the_second_waits_for_its_answer(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        first = asyncio.create_task(stage.by_points())
        while not await stage.ledger.of_member("sub-1"):  # noqa: ASYNC110 - the ledger tells nobody
            await asyncio.sleep(0)
        assert not first.done()
        assert await stage.by_points() == await first
        assert stage.world.calls["redeem"] == 1


async def test_while_the_first_still_runs_other_input_is_a_conflict(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        first = asyncio.create_task(stage.by_points())
        while not await stage.ledger.of_member("sub-1"):  # noqa: ASYNC110 - the ledger tells nobody
            await asyncio.sleep(0)
        assert await stage.by_points(party_size=3) == KeyReused()
        assert isinstance(await first, Accepted)


async def confirmed(stage: Stage) -> object:
    return await stage.by_points()


async def slot_taken(stage: Stage) -> object:
    stage.rooms.room = 0
    return await stage.by_points()


async def too_few_points(stage: Stage) -> object:
    stage.points.amount = 1
    return await stage.by_points()


async def to_be_paid_by_card(stage: Stage) -> object:
    return await stage.by_card()


@pytest.mark.parametrize(
    ("story", "kind"),
    [
        (confirmed, Accepted),
        (slot_taken, SlotTaken),
        (too_few_points, NotEnoughPoints),
        (to_be_paid_by_card, CardNeeded),
    ],
)
async def test_every_answer_is_given_again_as_it_was(
    tmp_path: Path, story: Story, kind: type
) -> None:
    async with open_stage(tmp_path) as stage:
        first = await story(stage)
        assert isinstance(first, kind)
        stage.rooms.room, stage.points.amount = 9, 100_000
        calls = stage.world.calls.copy()
        by_card = story is to_be_paid_by_card
        assert await (stage.by_card() if by_card else stage.by_points()) == first
        assert set(stage.world.calls - calls) <= {"look", "sheet"}


@pytest.mark.parametrize("days", [1, 3, 40])
async def test_a_key_is_kept_days_beyond_the_end_of_its_booking(tmp_path: Path, days: int) -> None:
    async with open_stage(tmp_path) as stage:
        slot_id = stage.slot_id()
        keyed = {"key": "k" * 16, "slot_id": slot_id, "notes": None}
        first = await stage.desk.book_with_points(member(), **keyed)
        ends = (await stage.row()).terms.starts_at - stage.world.clock.now()
        stage.world.clock.advance(ends.total_seconds() + days * DAY)
        again = await stage.desk.book_with_points(member(), **keyed)
        assert isinstance(again, Accepted)
        assert again.booking.id == first.booking.id
        assert await stage.by_points(party_size=3) == KeyReused()
        assert stage.world.calls["redeem"] == 1


async def test_a_key_outlives_the_process_and_its_file_handle(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        first = await stage.by_points()
    async with open_file(tmp_path / "ledger.db") as file:
        found = await SqliteLedger(file, SEAL).find("sub-1", "k" * 16)
    assert found is not None
    assert found.id == first.booking.id


async def test_what_may_still_turn_up_is_waited_for_before_a_key_starts_anew(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        stage.world.faults["hold"].extend(["not_sent"] * 5)
        await stage.by_points()
        stage.world.clock.advance(DAY / 2 - 300)
        await stage.work(for_seconds=1)
        stage.world.faults["book"].extend(["undone", *["not_sent"] * 99])
        await stage.work(for_seconds=600)
        row = await stage.row()
        assert row.is_final
        assert row.stray_looks > 0
        calls = stage.world.calls["hold"]
        assert await stage.by_points() == Away(upstream="sevenrooms")
        assert stage.world.calls["hold"] == calls
        await stage.work(for_seconds=DAY / 12)
        stage.world.faults.clear()
        assert isinstance(await stage.by_points(), Accepted)
        assert await check(stage) is Status.CONFIRMED
