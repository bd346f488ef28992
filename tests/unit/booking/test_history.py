"""A member's bookings: ours and those made elsewhere, each once."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bff.booking.changes import Changes
from bff.booking.history import MemberHistory
from bff.booking.listing import Listing
from bff.booking.model import Guest, Point, Reason, Status
from bff.booking.ports import ForeignReservation
from bff.catalogue.model import SlotKind
from clients.errors import NotSent
from tests.fake_clock import NOON
from tests.unit.booking.invariants import check
from tests.unit.booking.stage import Stage, member, open_stage


def reservation(number: int = 1, **changes: Any) -> ForeignReservation:
    values = {
        "id": f"res{number}",
        "external_id": None,
        "request_id": None,
        "confirmation_code": "CODE",
        "venue_id": "venue",
        "starts_at": NOON + dt.timedelta(days=number),
        "party_size": 2,
        "status": Status.CONFIRMED,
        "kind": SlotKind.INSTANT,
        "created_at": None,
        "updated_at": None,
    }
    return ForeignReservation(**(values | changes))


class Known:
    def __init__(self, *rows: ForeignReservation) -> None:
        self.rows = rows

    async def of_guest(self, guest: Guest) -> Sequence[ForeignReservation]:
        return self.rows

    async def one(self, reservation_id: str, guest: Guest) -> ForeignReservation | None:
        return next((row for row in self.rows if row.id == reservation_id), None)


class Unreachable:
    async def of_guest(self, guest: Guest) -> Sequence[ForeignReservation]:
        raise NotSent("sevenrooms", "search")


def history(stage: Stage, rooms: Any, changes: Changes | None = None) -> MemberHistory:
    return MemberHistory(stage.ledger, rooms, stage.world.clock, changes or Changes())


async def test_a_booking_that_both_sides_know_is_shown_once(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        row = await stage.row()
        for names in (
            {"external_id": row.id},
            {"id": row.reservation_id},
        ):
            shown = await history(stage, Known(reservation(**names))).of_member(member())
            assert [view.id for view in shown.bookings] == [ours.id]


class Damaged:
    """A ledger that has a row more of this member than it can open."""

    def __init__(self, stage: Stage) -> None:
        self._ledger = stage.ledger

    async def of_member(self, member_id: str) -> Listing:
        return Listing(await self._ledger.of_member(member_id), ["bk9"])


async def test_a_list_without_a_booking_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        whole = await history(stage, Known()).of_member(member())
        stage.ledger = Damaged(stage)
        shown = await history(stage, Known()).of_member(member())
        assert [view.id for view in shown.bookings] == [ours.id]
        assert (whole.is_partial, shown.is_partial) == (False, True)


async def test_no_row_is_held_in_memory_while_the_venue_is_asked(tmp_path: Path) -> None:
    """Venues that hang, asked by many members, must not add up to what all of them ever booked."""
    async with open_stage(tmp_path) as stage:
        asked: list[str] = []

        class Noted(Damaged):
            async def of_member(self, member_id: str) -> Listing:
                asked.append("ledger")
                return await super().of_member(member_id)

        class Venue(Known):
            async def of_guest(self, guest: Guest) -> Sequence[ForeignReservation]:
                await asyncio.sleep(0)
                asked.append("venue")
                return await super().of_guest(guest)

        stage.ledger = Noted(stage)
        await history(stage, Venue()).of_member(member())
        assert asked == ["venue", "ledger"]


async def test_a_reservation_made_elsewhere_is_shown_and_not_ours_to_cancel(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        shown = await history(stage, Known(reservation())).of_member(member())
        assert [view.id for view in shown.bookings] == ["sr~res1"]
        assert not shown.bookings[0].is_cancellable
        assert shown.bookings[0].payment is None


async def test_bookings_come_latest_start_first(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        rooms = Known(reservation(1), reservation(3))
        shown = await history(stage, rooms).of_member(member())
        assert [view.id for view in shown.bookings] == ["sr~res3", ours.id, "sr~res1"]


async def test_what_the_venue_knows_later_is_shown_on_our_booking(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        rooms = Known(reservation(external_id=ours.id, status=Status.COMPLETED))
        (view,) = (await history(stage, rooms).of_member(member())).bookings
        assert view.status is Status.COMPLETED
        assert not view.is_cancellable


async def test_what_the_venue_has_cancelled_is_shown_so_and_paid_back(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        stage.rooms.cancel_all()
        rooms = Known(reservation(external_id=ours.id, status=Status.CANCELLED))
        (view,) = (await history(stage, rooms).of_member(member())).bookings
        assert (view.status, view.is_cancellable) == (Status.CANCELLED, False)
        assert view.status_reason == "The venue cancelled this booking."
        await stage.work(for_seconds=2)
        assert await check(stage) is Status.CANCELLED
        assert (await stage.row()).reason is Reason.VENUE_CANCELLED
        assert stage.points.amount == stage.points.start


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW])
async def test_a_stray_that_was_cancelled_does_not_cancel_its_booking(
    tmp_path: Path, status: Status
) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        row = await stage.row()
        rooms = Known(
            reservation(1, external_id=ours.id, status=Status.CANCELLED),
            reservation(2, external_id=ours.id, status=status),
        )
        (view,) = (await history(stage, rooms).of_member(member())).bookings
        assert view.status is status
        await stage.work(for_seconds=2)
        assert await stage.row() == row


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.NO_SHOW])
async def test_a_visit_and_a_no_show_keep_their_payment(tmp_path: Path, status: Status) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        rooms = Known(reservation(external_id=ours.id, status=status))
        (view,) = (await history(stage, rooms).of_member(member())).bookings
        assert view.status is status
        await stage.work(for_seconds=2)
        assert await check(stage) is Status.CONFIRMED


async def test_a_booking_is_woken_once_for_what_the_venue_did(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        stage.rooms.cancel_all()
        told = history(stage, Known(reservation(external_id=ours.id, status=Status.CANCELLED)))
        for _ in range(3):
            await told.of_member(member())
            await stage.work(for_seconds=5)
        assert stage.world.calls["give_back"] == 1


async def test_an_unknown_word_of_the_venue_changes_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        rooms = Known(reservation(external_id=ours.id, status=Status.UNKNOWN))
        (view,) = (await history(stage, rooms).of_member(member())).bookings
        assert view.status is Status.CONFIRMED


async def test_ours_are_shown_and_called_partial_while_the_venues_system_is_away(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        shown = await history(stage, Unreachable()).of_member(member())
        assert shown.is_partial
        assert [view.id for view in shown.bookings] == [ours.id]


async def test_anothers_booking_is_as_if_it_did_not_exist(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        told = history(stage, Known())
        assert await told.one(member("sub-2"), ours.id) is None
        assert await told.one(member(), ours.id) is not None
        assert await told.one(member(), "sr~unknown") is None


async def test_changes_are_told_once_each_until_the_booking_is_final(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        changes = Changes()
        booking = (await stage.by_card()).booking
        seen = []
        async with aclosing(history(stage, Known(), changes).changes(member(), booking.id)) as told:
            async for view in told:
                seen.append(view.status)
                row = await stage.row()
                after = Point.CONFIRMED if len(seen) == 1 else Point.ENDED
                await stage.ledger.save(replace(row, point=after))
                changes.announce(row.id)
        assert seen == [Status.AWAITING_PAYMENT, Status.CONFIRMED, Status.FAILED]


async def test_a_waiter_who_gives_up_leaves_nothing_behind() -> None:
    changes = Changes()
    await changes.wait("bk1", 0.001)
    waiting = asyncio.create_task(changes.wait("bk1", 10))
    await asyncio.sleep(0)
    changes.announce("bk1")
    await waiting
    assert not changes._waiting


@pytest.mark.parametrize("word", [Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED])
async def test_one_booking_is_shown_as_the_venue_knows_it(tmp_path: Path, word: Status) -> None:
    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        row = await stage.row()
        rooms = Known(reservation(id=row.reservation_id, external_id=row.id, status=word))
        view = await history(stage, rooms).one(member(), ours.id)
        assert view is not None
        assert view.status is word
        assert not view.is_cancellable


async def test_one_booking_is_shown_as_we_know_it_while_the_venue_is_away(tmp_path: Path) -> None:
    class Away(Known):
        async def one(self, reservation_id: str, guest: Guest) -> ForeignReservation | None:
            raise NotSent("sevenrooms", "reservation")

    async with open_stage(tmp_path) as stage:
        ours = (await stage.by_points()).booking
        view = await history(stage, Away()).one(member(), ours.id)
        assert view is not None
        assert view.status is Status.CONFIRMED
