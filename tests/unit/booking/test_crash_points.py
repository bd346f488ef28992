"""The process dies before or after every upstream call and every ledger write of every path."""

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bff.booking import advance, policy
from bff.booking.model import Booking, Status
from bff.booking.outcomes import CardNeeded
from bff.booking.saga import SAGA, Row, row_for
from bff.catalogue.model import SlotKind
from tests.unit.booking.invariants import charged_at_most_once, check
from tests.unit.booking.operator_desk import settle
from tests.unit.booking.stage import CALL_SECONDS, Stage, member, open_stage
from tests.unit.booking.upstream_world import LATE_SECONDS, Killed

Path_ = Callable[[Stage], Awaitable[None]]


async def by_points(stage: Stage) -> None:
    await stage.by_points()


async def by_points_on_request(stage: Stage) -> None:
    await stage.by_points(kind=SlotKind.ON_REQUEST)


async def by_points_then_cancelled(stage: Stage) -> None:
    await stage.by_points()
    await stage.desk.cancel(member(), (await stage.row()).id)


async def by_points_of_a_place_that_goes(stage: Stage) -> None:
    stage.world.faults["book"].append("not_sent")
    await stage.by_points()
    stage.rooms.room = 0
    await stage.effort.again(await stage.row())


async def by_card(stage: Stage) -> None:
    answer = await stage.by_card()
    if isinstance(answer, CardNeeded):
        stage.cards.guest_pays()
        await stage.desk.confirm_card_booking(member(), answer.booking.id)


async def by_card_then_cancelled(stage: Stage) -> None:
    await by_card(stage)
    await stage.desk.cancel(member(), (await stage.row()).id)


async def free_of_charge(stage: Stage) -> None:
    await stage.by_points(price=None, points=None)


async def of_a_full_slot(stage: Stage) -> None:
    stage.rooms.room = 0
    await stage.by_points()


async def by_points_on_request_then_cancelled(stage: Stage) -> None:
    await by_points_on_request(stage)
    await stage.desk.cancel(member(), (await stage.row()).id)


async def by_card_on_request(stage: Stage) -> None:
    answer = await stage.by_card(kind=SlotKind.ON_REQUEST)
    if isinstance(answer, CardNeeded):
        stage.cards.guest_pays()
        await stage.desk.confirm_card_booking(member(), answer.booking.id)


async def by_card_on_request_then_declined(stage: Stage) -> None:
    await by_card_on_request(stage)
    stage.rooms.decline()
    await stage.effort.again(await stage.row())


async def booked_late_after_cancelling(stage: Stage) -> None:
    stage.world.faults["book"].append("late")
    await by_points_then_cancelled(stage)
    for seconds in (policy.settles_after(CALL_SECONDS), LATE_SECONDS, policy.STRAY_LOOK_SECONDS[0]):
        stage.world.clock.advance(seconds)
        stage.world.catch_up()
        await stage.effort.again(await stage.row())


PATHS: dict[str, tuple[Path_, frozenset[Status | None]]] = {
    "points": (by_points, frozenset({Status.CONFIRMED, None})),
    "points on request": (by_points_on_request, frozenset({Status.REQUESTED, None})),
    "points, cancelled": (
        by_points_then_cancelled,
        frozenset({Status.CANCELLED, Status.CONFIRMED, None}),
    ),
    "points, place gone": (
        by_points_of_a_place_that_goes,
        frozenset({Status.FAILED, Status.CONFIRMED, None}),
    ),
    # A guest whose app died before paying does not come back in these stories.
    "card": (by_card, frozenset({Status.CONFIRMED, Status.FAILED, None})),
    "card, cancelled": (
        by_card_then_cancelled,
        frozenset({Status.CANCELLED, Status.CONFIRMED, Status.FAILED, None}),
    ),
    "no place": (of_a_full_slot, frozenset({Status.FAILED, None})),
    "points on request, cancelled": (
        by_points_on_request_then_cancelled,
        frozenset({Status.CANCELLED, Status.REQUESTED, None}),
    ),
    "card on request": (by_card_on_request, frozenset({Status.REQUESTED, Status.FAILED, None})),
    "card on request, declined": (
        by_card_on_request_then_declined,
        frozenset({Status.REQUESTED, Status.FAILED, None}),
    ),
    "points, booked late": (
        booked_late_after_cancelling,
        frozenset({Status.CANCELLED, Status.CONFIRMED, None}),
    ),
    "free": (free_of_charge, frozenset({Status.CONFIRMED, None})),
}
LONGEST = 50


async def instants_of(path: Path_, folder: Path, *, bare: bool = False) -> int:
    async with open_stage(folder, bare=bare) as stage:
        await path(stage)
        return stage.world.instants


@pytest.mark.parametrize("name", PATHS)
async def test_the_longest_path_is_covered(name: str, tmp_path: Path) -> None:
    assert 0 < await instants_of(PATHS[name][0], tmp_path) <= LONGEST


async def test_no_row_of_the_saga_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new step has its deaths here, or this fails."""
    walked: list[Row | None] = []

    def noted(booking: Booking) -> Row | None:
        walked.append(row_for(booking))
        return walked[-1]

    monkeypatch.setattr(advance, "row_for", noted)
    for name, (path, _) in PATHS.items():
        async with open_stage(tmp_path / name) as stage:
            await path(stage)
    assert [row for row in SAGA if row not in walked] == []


@pytest.mark.parametrize("name", PATHS)
async def test_a_death_at_any_instant_is_recovered_from(name: str, tmp_path: Path) -> None:
    path, allowed = PATHS[name]
    for instant in range(await instants_of(path, tmp_path / "whole")):
        async with open_stage(tmp_path / str(instant)) as stage:
            stage.world.dies_at = instant
            with contextlib.suppress(Killed):
                await path(stage)
            assert stage.world.instants > instant
            await stage.work(for_seconds=800)
            status = await check(stage)
            assert status in allowed, f"died at instant {instant}"


async def test_recovery_after_a_death_takes_less_than_ten_seconds_of_the_clock(
    tmp_path: Path,
) -> None:
    for instant in range(4, await instants_of(by_points, tmp_path / "whole")):
        # The second place is there for a hold that died with its process.
        async with open_stage(tmp_path / str(instant), room=2) as stage:
            stage.world.dies_at = instant
            with contextlib.suppress(Killed):
                await by_points(stage)
            await stage.work(for_seconds=10)
            assert await check(stage) is Status.CONFIRMED, f"died at instant {instant}"


@pytest.mark.parametrize("name", PATHS)
async def test_where_upstreams_cannot_be_asked_a_death_costs_a_command_and_no_second_payment(
    name: str, tmp_path: Path
) -> None:
    path, allowed = PATHS[name]
    for instant in range(await instants_of(path, tmp_path / "whole", bare=True)):
        async with open_stage(tmp_path / str(instant), bare=True) as stage:
            stage.world.dies_at = instant
            with contextlib.suppress(Killed):
                await path(stage)
            await stage.work(for_seconds=800)
            if await stage.ledger.of_member("sub-1"):
                assert charged_at_most_once(stage)
                await settle(stage)
                await stage.work(for_seconds=800)
            assert await check(stage) in allowed, f"died at instant {instant}"
