"""Whose turn it is at which upstream: a few bookings at once at each, the oldest first."""

import datetime as dt
import heapq
from collections import defaultdict
from dataclasses import dataclass, field

from bff.booking.model import Booking
from bff.booking.saga import row_for

# Bookings that one copy drives at once at one upstream: enough to catch up with hundreds within
# half a minute, and few enough not to flood an upstream that has just come back.
AT_ONCE = 8
# A booking that comes from another upstream is let in up to here: to finish goes before to begin.
AT_MOST = 2 * AT_ONCE


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A booking as it was when it got in line."""

    created_at: dt.datetime
    booking_id: str
    version: int = field(compare=False)
    upstream: str | None = field(compare=False)


def waiting(booking: Booking) -> Waiting:
    row = row_for(booking)
    return Waiting(
        created_at=booking.created_at,
        booking_id=booking.id,
        version=booking.version,
        upstream=None if row is None else row.upstream,
    )


class Turns:
    """A line for each upstream, and one for bookings that need none.

    An upstream that hangs keeps those waiting who need it, and nobody else.
    """

    def __init__(self) -> None:
        self._lines: defaultdict[str | None, list[Waiting]] = defaultdict(list)
        self._busy: defaultdict[str | None, int] = defaultdict(int)

    def queue(self, one: Waiting) -> None:
        heapq.heappush(self._lines[one.upstream], one)

    def next(self) -> Waiting | None:
        """The next whose turn has come; `leave` ends the turn."""
        for upstream, line in self._lines.items():
            if line and self.enter(upstream, AT_ONCE):
                return heapq.heappop(line)
        return None

    def enter(self, upstream: str | None, limit: int) -> bool:
        if self._busy[upstream] >= limit:
            return False
        self._busy[upstream] += 1
        return True

    def leave(self, upstream: str | None) -> None:
        self._busy[upstream] -= 1

    def clear(self) -> None:
        """Send all home who wait; the ledger knows them."""
        self._lines.clear()


class Turn:
    """One booking's way from upstream to upstream, at one of them at a time.

    `is_put_back`: it has come to one where there was no room.
    """

    def __init__(self, turns: Turns, at: str | None) -> None:
        self._turns = turns
        self._at = at
        self.is_put_back = False

    def goes_on_to(self, upstream: str | None) -> bool:
        """Whether there is room; if not, the booking has to get in line there."""
        if upstream is None or upstream == self._at:
            return True
        if not self._turns.enter(upstream, AT_MOST):
            self.is_put_back = True
            return False
        self._turns.leave(self._at)
        self._at = upstream
        return True

    def end(self) -> None:
        self._turns.leave(self._at)


class Absences:
    """Notices when an upstream that has been away for a while answers again."""

    def __init__(self) -> None:
        self._in_vain: defaultdict[str | None, int] = defaultdict(int)

    def is_back(self, upstream: str | None, after: Booking) -> bool:
        """Told of every booking that has had its turn at an upstream, and how it stands then."""
        stuck = waiting(after).upstream if after.attempts else None
        if stuck is not None:
            self._in_vain[stuck] += 1
        if stuck == upstream or upstream is None:
            return False
        return self._in_vain.pop(upstream, 0) >= AT_ONCE
