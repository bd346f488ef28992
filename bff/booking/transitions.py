"""From what a step came to, to the row as it is written; pure."""

import datetime as dt
from dataclasses import replace

from bff.booking import policy
from bff.booking.model import Booking, Ending, Point, Reason
from bff.booking.saga import row_for
from bff.booking.steps.move import Doubt, Move, Wait

_LINES_OF_AN_OUTAGE = 6
_CANCELLABLE = policy.FORWARD | {Point.BOOKED, Point.CONFIRMED}


def moved(booking: Booking, move: Move, now: dt.datetime) -> Booking:
    """The booking at its next point, its call not yet announced."""
    fresh = {"point": move.to, "attempts": 0, "refusals": 0, "announced_at": None, **move.changes}
    return turned(replace(booking.told(now, move.what), **fresh), now)


def turned(booking: Booking, now: dt.datetime) -> Booking:
    """Turn a booking round whose guest wants out, or whose time is over.

    Only where nothing is in the open: a call whose outcome is unknown is cleared up first.
    """
    if booking.announced_at is not None or booking.in_doubt:
        return booking
    if booking.cancel_asked and booking.point in _CANCELLABLE:
        return _undoing(booking, now, "cancelled", Ending.CANCELLED, Reason.GUEST_CANCELLED)
    row = row_for(booking)
    # A row that only reads decides for itself: the payment or approval may be there at last.
    late = booking.point in policy.FORWARD and now >= booking.deadline_at
    if late and row is not None and row.writes:
        return _undoing(booking, now, "out of time", Ending.FAILED, Reason.UPSTREAM_GONE)
    return booking


def _undoing(
    booking: Booking, now: dt.datetime, what: str, ending: Ending, reason: Reason
) -> Booking:
    told = booking.told(now, what)
    return replace(
        told,
        point=Point.UNDOING,
        ending=ending,
        reason=reason,
        attempts=0,
        refusals=0,
        announced_at=None,
    )


def announced(booking: Booking, owner: str, now: dt.datetime) -> Booking:
    """Say in the ledger that the next call is about to be made, and by whom."""
    until = now + dt.timedelta(seconds=policy.LEASE_SECONDS)
    row = row_for(booking)
    announced_at = now if row is not None and row.writes else None
    return replace(
        booking, announced_at=announced_at, lease_owner=owner, lease_until=until, due_at=until
    )


def rested(booking: Booking, due_at: dt.datetime | None) -> Booking:
    """Let go of the lease; somebody looks again at `due_at`."""
    return replace(booking, lease_owner=None, lease_until=None, due_at=due_at)


def waited(booking: Booking, wait: Wait, now: dt.datetime) -> Booking:
    told = booking if _says_nothing_new(booking, wait.what) else booking.told(now, wait.what)
    after = replace(told, announced_at=None, **wait.changes)
    return rested(after, wait.until or policy.next_look(after, now))


def doubted(booking: Booking, doubt: Doubt, now: dt.datetime) -> Booking:
    return rested(replace(booking.told(now, f"in doubt: {doubt.what}"), in_doubt=True), None)


def undone(booking: Booking, now: dt.datetime, what: str) -> Booking:
    """The announced call is believed not to have been done, and may be made (again).

    It may still be done later, so that the booking is looked at again once it has come to rest.
    """
    looks = len(policy.STRAY_LOOK_SECONDS)
    return replace(booking.told(now, what), announced_at=None, stray_looks=looks)


def retried(
    booking: Booking,
    now: dt.datetime,
    what: str,
    *,
    known_not_done: bool,
    after_seconds: float | None = None,
) -> Booking:
    """The call did not come to anything: try, or ask, again after a while."""
    attempts = booking.attempts + 1
    delay = max(after_seconds or 0.0, policy.retry_delay(attempts))
    due = now + dt.timedelta(seconds=delay)
    told = booking if _says_nothing_new(booking, what) else booking.told(now, what)
    announced_at = None if known_not_done else booking.announced_at
    return rested(replace(told, attempts=attempts, announced_at=announced_at), due)


def _says_nothing_new(booking: Booking, what: str) -> bool:
    """Whether the end of the story has this line already: an outage must not fill the row.

    Its lines take turns: a probe that timed out, a call that an open breaker kept back, a question.
    """
    last = booking.story[-_LINES_OF_AN_OUTAGE:]
    return any((entry.point, entry.what) == (booking.point, what) for entry in last)
