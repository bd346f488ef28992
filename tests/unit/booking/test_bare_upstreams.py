"""Upstreams without the calls that are only proposed: no history, no giving back, no search."""

import logging
from pathlib import Path

import pytest

from bff.booking.model import Status
from bff.booking.outcomes import Accepted, Cancelled
from bff.catalogue.model import SlotKind
from tests.unit.booking.invariants import charged_at_most_once, check
from tests.unit.booking.operator_desk import settle
from tests.unit.booking.stage import Stage, member, open_stage

FAULTS = ("not_sent", "lost", "undone", "late")


def alarms(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.getMessage() == "booking_in_doubt"]


async def rests_in_doubt(stage: Stage, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether it does; then it is listed, alarmed without a name, and due for nobody."""
    row = await stage.row()
    listed = [booking.id for booking in await stage.ledger.unfinished(10) if booking.in_doubt]
    assert listed == ([row.id] if row.in_doubt else [])
    assert bool(alarms(caplog)) is row.in_doubt
    assert all(record.levelno == logging.ERROR for record in alarms(caplog))
    assert "Mei" not in str([vars(record) for record in alarms(caplog)])
    assert not row.in_doubt or row.due_at is None
    return row.in_doubt


@pytest.mark.parametrize("kind", list(SlotKind))
@pytest.mark.parametrize("call", ["hold", "request", "redeem", "book"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_nobody_is_charged_twice_and_one_command_finishes_what_cannot_be_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, call: str, fault: str, kind: SlotKind
) -> None:
    async with open_stage(tmp_path, room=2, bare=True) as stage:
        stage.world.faults[call].append(fault)
        assert isinstance(await stage.by_points(kind=kind), Accepted)
        await stage.work()
        happened = not stage.world.faults[call]
        asks = call in {"redeem", "request"}
        in_doubt = await rests_in_doubt(stage, caplog)
        assert in_doubt is (happened and asks and fault != "not_sent")
        assert charged_at_most_once(stage)
        assert await settle(stage) == in_doubt
        await stage.work(for_seconds=4000)
        final = Status.CONFIRMED if kind is SlotKind.INSTANT else Status.REQUESTED
        assert await check(stage) is final


@pytest.mark.parametrize("fault", [None, *FAULTS])
async def test_points_that_cannot_be_given_back_rest_in_doubt_until_a_person_did_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str | None
) -> None:
    async with open_stage(tmp_path, bare=True) as stage:
        await stage.by_points()
        stage.world.faults["give_back"].extend([fault] if fault else [])
        answer = await stage.desk.cancel(member(), (await stage.row()).id)
        assert isinstance(answer, Cancelled)
        await stage.work()
        assert await rests_in_doubt(stage, caplog)
        assert not stage.rooms.live
        assert await settle(stage) == 1
        assert await check(stage) is Status.CANCELLED


@pytest.mark.parametrize("fault", ["lost", "undone", "late"])
async def test_without_a_history_points_are_not_given_back_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        stage.points.has_history = False
        stage.world.faults["give_back"].append(fault)
        await stage.desk.cancel(member(), (await stage.row()).id)
        await stage.work()
        assert await rests_in_doubt(stage, caplog)
        assert stage.world.calls["give_back"] == 1
        assert await settle(stage) == 1
        assert await check(stage) is Status.CANCELLED


async def test_a_guest_who_wants_out_while_in_doubt_is_out_once_it_is_settled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_stage(tmp_path, bare=True) as stage:
        stage.world.faults["redeem"].append("lost")
        await stage.by_points()
        await stage.desk.cancel(member(), (await stage.row()).id)
        await stage.work()
        assert await rests_in_doubt(stage, caplog)
        assert await settle(stage) == 2  # that the points were taken, then that they are back
        assert await check(stage) is Status.CANCELLED


async def test_a_reservation_that_the_venue_keeps_is_settled_by_hand(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["capture"].append("refused")
        await stage.by_card()
        stage.cards.guest_pays()
        stage.rooms.cutoff_passed = True
        await stage.desk.confirm_card_booking(member(), (await stage.row()).id)
        assert await rests_in_doubt(stage, caplog)
        assert await settle(stage) == 1
        assert await check(stage) is Status.FAILED
