"""Lines at the upstreams: who is next, who may go on, and when one is back."""

import datetime as dt
from pathlib import Path

from bff.booking.model import Booking, Point
from bff.turns import AT_MOST, AT_ONCE, Absences, Turn, Turns, waiting
from bff.wakeups.inprocess import InProcessWakeups
from bff.worker import Worker
from tests.booking_samples import booking
from tests.fake_clock import NOON
from tests.unit.booking.stage import driver, open_stage


def one(number: int, **changes: object) -> Booking:
    created_at = NOON + dt.timedelta(seconds=number)
    return booking(id=f"bk-{number}", created_at=created_at, **changes)


def test_a_few_are_let_in_the_oldest_first() -> None:
    turns = Turns()
    for number in (*range(10, 20), *range(10)):
        turns.queue(waiting(one(number)))
    let_in = [turns.next() for _ in range(AT_ONCE + 1)]
    assert let_in.pop() is None
    assert [each.booking_id for each in let_in if each] == [f"bk-{n}" for n in range(AT_ONCE)]


def test_a_full_upstream_keeps_nobody_from_another() -> None:
    turns = Turns()
    for number in range(50):
        turns.queue(waiting(one(number)))
    turns.queue(waiting(one(99, point=Point.BOOKED)))
    asked = {each.upstream for _ in range(AT_ONCE + 1) if (each := turns.next())}
    assert asked == {"reservations", "cards"}


def test_who_goes_on_is_let_in_further_than_who_begins_and_then_put_back() -> None:
    turns = Turns()
    on_the_way = [Turn(turns, "reservations") for _ in range(AT_MOST + 1)]
    assert all(turn.goes_on_to("points") for turn in on_the_way[:-1])
    assert not on_the_way[-1].goes_on_to("points")
    assert on_the_way[-1].is_put_back
    on_the_way[0].end()
    assert on_the_way[-1].goes_on_to("points")


def test_an_upstream_is_back_when_it_answers_after_many_tries_in_vain() -> None:
    absences, stuck, moved = Absences(), one(1, attempts=3), one(1, point=Point.HELD)
    assert not any(absences.is_back("reservations", stuck) for _ in range(AT_ONCE - 1))
    assert not absences.is_back("reservations", moved)
    assert not any(absences.is_back("reservations", stuck) for _ in range(AT_ONCE))
    assert absences.is_back("reservations", moved)
    assert not absences.is_back("reservations", moved)


async def test_a_booking_that_finds_no_room_on_its_way_is_handed_back_and_goes_on_later(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["hold"].append("not_sent")
        await stage.by_points()
        stage.world.clock.advance(30)
        worker = Worker(
            driver(stage, "worker"), stage.ledger, InProcessWakeups(), stage.world.clock
        )
        crowd = [Turn(worker._turns, "reservations") for _ in range(AT_MOST)]
        assert all(turn.goes_on_to("points") for turn in crowd)
        await worker.sweep()
        await worker.idle()
        row = await stage.row()
        assert (row.point, row.lease_until, row.announced_at) == (Point.HELD, None, None)
        for turn in crowd:
            turn.end()
        await worker.sweep()
        worker._begin(waited=True)
        await worker.idle()
        assert (await stage.row()).point is Point.CONFIRMED
