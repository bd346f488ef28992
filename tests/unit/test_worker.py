"""The worker finds what is due and what it is woken for, and outlives what goes wrong."""

import asyncio
import datetime as dt
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bff.booking.model import Booking, Point, Status
from bff.credentials.vault import Vault
from bff.ledger.sqlite import SqliteLedger
from bff.wakeups.inprocess import InProcessWakeups
from bff.worker import SWEEP_LIMIT, Worker
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import Stage, driver, open_stage


def a_worker(stage: Stage, wakeups: InProcessWakeups | None = None) -> Worker:
    return Worker(
        driver(stage, "worker"), stage.ledger, wakeups or InProcessWakeups(), stage.world.clock
    )


async def test_a_sweep_finishes_what_a_request_left(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        await stage.by_points()
        stage.world.clock.advance(30)
        swept = a_worker(stage)
        await swept.sweep()
        await swept.idle()
        assert await check(stage) is Status.CONFIRMED


async def test_a_wake_up_moves_a_card_booking_without_waiting_for_its_time(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        answer = await stage.by_card()
        stage.cards.guest_pays()
        wakeups = InProcessWakeups()
        awake = a_worker(stage, wakeups)
        listening = asyncio.create_task(awake.listen_forever())
        await wakeups.wake(answer.booking.id)
        await wakeups.wake(answer.booking.id)
        async with asyncio.timeout(5):
            while await check(stage) is not Status.CONFIRMED:  # noqa: ASYNC110 - told by the ledger only
                await asyncio.sleep(0)
        listening.cancel()
        await awake.idle()
        assert stage.world.calls["capture"] == 1


async def test_one_booking_that_cannot_be_driven_does_not_stop_the_others(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=2) as stage:
        stage.world.faults["book"].extend(["not_sent", "not_sent"])
        await stage.by_points(key="first-key-" + "0" * 10)
        await stage.by_points(key="second-key" + "0" * 10)
        stage.world.clock.advance(30)
        stage.world.faults["book"].append("broken")
        swept = a_worker(stage)
        await swept.sweep()
        await swept.idle()
        rows = await stage.ledger.of_member("sub-1")
        assert sorted(row.point.value for row in rows) == ["CONFIRMED", "PAID"]


async def test_rows_that_nobody_can_read_hide_nothing_and_are_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        await stage.by_points()
        (row,) = await stage.ledger.of_member("sub-1")
        other = SqliteLedger(stage.ledger._file, Vault((b"o" * 32,)))
        for number in range(SWEEP_LIMIT):
            due_at = row.created_at - dt.timedelta(days=1)
            await other.open(
                replace(row, id=f"bk-{number}", idempotency_key=str(number), due_at=due_at)
            )
        stage.world.clock.advance(30)
        swept = a_worker(stage)
        await swept.sweep()
        await swept.sweep()
        await swept.idle()
        found = await stage.ledger.load(row.id)
    assert found is not None
    assert found.point is Point.CONFIRMED
    told = [record for record in caplog.records if record.message == "booking_unreadable"]
    assert len(told) == SWEEP_LIMIT


async def test_a_ledger_that_is_away_for_a_moment_ends_no_listening_and_hides_no_booking(
    tmp_path: Path,
) -> None:
    class Away:
        asked = 0

        async def load(self, booking_id: str) -> Booking | None:
            self.asked += 1
            raise OSError("no ledger")

    async with open_stage(tmp_path) as stage:
        wakeups = InProcessWakeups()
        worker = a_worker(stage, wakeups)
        away = worker._ledger = Away()  # type: ignore[assignment]
        listening = asyncio.create_task(worker.listen_forever())
        async with asyncio.timeout(5):
            for times in (1, 2):
                await wakeups.wake("bk1")
                while away.asked < times:  # noqa: ASYNC110 - nobody else tells
                    await asyncio.sleep(0)
        listening.cancel()


async def test_a_ledger_out_of_reach_is_looked_at_again_later(tmp_path: Path) -> None:
    class Away:
        async def due(self, *_: object) -> list[str]:
            raise OSError("no ledger")

    async with open_stage(tmp_path) as stage:
        lonely = Worker(
            driver(stage, "worker"),
            Away(),  # type: ignore[arg-type]
            InProcessWakeups(),
            stage.world.clock,
        )
        await lonely.sweep()


async def test_the_figures_are_told_in_one_line_and_name_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        await stage.by_points()
        stage.world.clock.advance(40)
        await a_worker(stage).report()
    (line,) = [record for record in caplog.records if record.message == "bookings_standing"]
    told = vars(line)
    assert (told["backlog"], told["oldest_seconds"]) == (1, 40)
    assert (told["in_doubt"], told["overdue"]) == (0, 0)
    assert told["statuses"] == {Status.PENDING: 1}


async def test_a_ledger_out_of_reach_costs_one_report(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Away:
        async def unfinished(self, limit: int) -> list[Booking]:
            raise OSError

    async with open_stage(tmp_path) as stage:
        worker = a_worker(stage)
        worker._ledger = Away()  # type: ignore[assignment]
        await worker.report()
    assert [record.message for record in caplog.records] == ["report_failed"]


async def test_a_worker_that_stops_hands_a_booking_back_after_its_step(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        await stage.by_points()
        stage.world.clock.advance(30)
        leaving = a_worker(stage)
        leaving.stop()
        await leaving.sweep()
        await leaving.idle()
        (row,) = await stage.ledger.of_member("sub-1")
        assert (row.point.value, row.lease_owner) == ("BOOKED", None)
        assert await stage.ledger.due(stage.world.clock.now(), 10) == [row.id]
        next_copy = a_worker(stage)
        await next_copy.sweep()
        await next_copy.idle()
        assert await check(stage) is Status.CONFIRMED
