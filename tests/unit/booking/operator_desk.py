"""An operator with one command, who looks into the upstreams' own books before using it."""

import argparse
from typing import Any

from bff.booking.model import Booking, Method, Point
from bff.cli.bookings import Office, resolved
from tests.unit.booking.stage import Stage, driver

# A booking may be in doubt about its payment first, and about giving it back afterwards.
MOST_COMMANDS = 3


def office(stage: Stage) -> Office:
    return Office(ledger=stage.ledger, driver=driver(stage, "operator"), clock=stage.world.clock)


def options(booking_id: str, **given: Any) -> argparse.Namespace:
    defaults = {"booking_id": booking_id, "json": True, "done": False, "found": None, "note": None}
    return argparse.Namespace(**(defaults | given))


async def settle(stage: Stage) -> int:
    """Settle the member's one booking until nothing is in doubt; the number of commands."""
    for used in range(MOST_COMMANDS):
        booking = await stage.row()
        if not booking.in_doubt:
            return used
        await settle_one(stage, booking)
        await stage.work(for_seconds=30)
    assert not (await stage.row()).in_doubt
    return MOST_COMMANDS


async def settle_one(stage: Stage, booking: Booking) -> None:
    """One command, after a look into the books."""
    done, found = _looked_up(stage, booking)
    await resolved(office(stage), options(booking.id, done=done, found=found))


def _looked_up(stage: Stage, booking: Booking) -> tuple[bool, str | None]:
    """What really became of the call; what only a person can do is done first."""
    match booking.point:
        case Point.ACCEPTED:
            found = next(
                (r.id for r in stage.rooms.live_requests if r.booking_id == booking.id), None
            )
            return found is not None, found
        case Point.HELD:
            return stage.points.net(booking.receipt_no) > 0, None
        case Point.UNDOING:
            stage.rooms.cancel_of(booking.id)
        case Point.RETURNING if booking.method is Method.POINTS:
            stage.points.by_hand(booking.receipt_no, 0)
        case _:
            assert booking.method is Method.POINTS
            due = booking.terms.points or 0
            stage.points.by_hand(booking.receipt_no, due if booking.point is Point.CONFIRMED else 0)
    return True, None


def of_list(**given: Any) -> argparse.Namespace:
    """What is typed to get a list, without a filter."""
    filters = {"in_doubt": False, "overdue": False, "status": None, "member": None, "limit": 50}
    return options("", **(filters | given))


async def in_doubt(stage: Stage) -> str:
    """The id of a booking whose redemption nobody can know of."""
    stage.points.has_history = False
    stage.world.faults["redeem"].append("lost")
    await stage.by_points()
    return (await stage.row()).id
