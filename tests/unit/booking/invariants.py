"""The invariants of bookings and payments, read from the upstreams' own books."""

from bff.booking.model import Booking, Method, Status
from bff.booking.ports import CardState
from bff.booking.reading import status_of
from tests.unit.booking.stage import Stage

KEPT = frozenset({Status.CONFIRMED, Status.REQUESTED})
GIVEN_UP = frozenset({Status.CANCELLED, Status.FAILED})


def net_points(stage: Stage, booking: Booking) -> int:
    mine = [entry for entry in stage.points.entries if entry[1].startswith(booking.id)]
    return sum(amount if kind == "redeem" else -amount for kind, _, amount in mine)


def charged_at_most_once(stage: Stage) -> bool:
    taken = [entry for entry in stage.points.entries if entry[0] == "redeem"]
    return len(taken) <= 1 and len(stage.rooms.live) + len(stage.rooms.live_requests) <= 1


async def check(stage: Stage, *, sub: str = "sub-1") -> Status | None:
    """The status of the member's one booking, every invariant having been checked for it."""
    rows = await stage.ledger.of_member(sub)
    assert len(rows) <= 1
    if not rows:
        assert not stage.rooms.live
        assert stage.points.amount == stage.points.start
        return None
    booking = rows[0]
    status = status_of(booking)
    places = len(stage.rooms.live) + len(stage.rooms.live_requests)
    if status in KEPT:
        assert places == 1
        assert_paid(stage, booking)
    elif status in GIVEN_UP:
        assert places == 0
        assert net_points(stage, booking) == 0
        assert stage.cards.intents.get(booking.id) in {None, CardState.RETURNED}
    assert not stage.rooms.live_holds() or status not in GIVEN_UP or booking.lost_hold_until
    return status


def assert_paid(stage: Stage, booking: Booking) -> None:
    if booking.method is Method.POINTS:
        assert net_points(stage, booking) == (booking.terms.points or 0)
    elif booking.is_on_request and status_of(booking) is Status.REQUESTED:
        assert stage.cards.intents[booking.id] is CardState.AUTHORISED
    else:
        assert stage.cards.intents[booking.id] is CardState.CAPTURED
