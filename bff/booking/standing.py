"""How the bookings stand: what waits, for how long, and what a person has to look at; pure."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bff.booking.listing import Listing
from bff.booking.model import Booking, Point, Status
from bff.booking.reading import status_of

# A worker finds what is due within seconds; an outage may last minutes. What has not moved for so
# long past its deadline is stuck.
OVERDUE_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`backlog`: bookings that we are to move, without those in doubt.

    `oldest_seconds`: since the longest unchanged of them has changed. `unreadable`: unfinished
    bookings that cannot be opened, and are counted nowhere else. `statuses`: the others by what
    their guests are told.
    """

    backlog: int
    oldest_seconds: int
    in_doubt: int
    overdue: int
    unreadable: int
    statuses: Mapping[Status, int]


def standing(unfinished: Listing, now: dt.datetime) -> Standing:
    backlog = [row for row in unfinished if _is_ours_to_move(row)]
    return Standing(
        backlog=len(backlog),
        oldest_seconds=max((_unchanged(row, now) for row in backlog), default=0),
        in_doubt=sum(row.in_doubt for row in unfinished),
        overdue=sum(is_overdue(row, now) for row in unfinished),
        unreadable=len(unfinished.unreadable),
        statuses=dict(Counter(status_of(row) for row in unfinished)),
    )


def is_overdue(booking: Booking, now: dt.datetime) -> bool:
    """Past its deadline, at rest nowhere, and not moved for a while."""
    if booking.in_doubt or booking.point in {Point.CONFIRMED, Point.ENDED}:
        return False
    moves_by = max(booking.deadline_at, booking.updated_at)
    return now > moves_by + dt.timedelta(seconds=OVERDUE_SECONDS)


def _is_ours_to_move(booking: Booking) -> bool:
    return not booking.in_doubt and status_of(booking) is Status.PENDING


def _unchanged(booking: Booking, now: dt.datetime) -> int:
    return max(0, int((now - booking.updated_at).total_seconds()))
