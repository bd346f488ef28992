"""The figures that say whether bookings move."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from bff.booking.listing import Listing
from bff.booking.model import Point, Status
from bff.booking.standing import OVERDUE_SECONDS, Standing, is_overdue, standing
from tests.booking_samples import BOOKING
from tests.fake_clock import NOON


def row(point: Point, *, minutes: float = 0, **changes: Any) -> Any:
    at = NOON - dt.timedelta(minutes=minutes)
    return replace(BOOKING, point=point, updated_at=at, **changes)


def test_with_nothing_unfinished_all_figures_are_zero() -> None:
    assert standing(Listing(), NOON) == Standing(
        backlog=0, oldest_seconds=0, in_doubt=0, overdue=0, unreadable=0, statuses={}
    )


def test_what_waits_for_the_guest_or_a_person_is_no_backlog() -> None:
    rows = [
        row(Point.HELD, minutes=2),
        row(Point.RETURNING, minutes=1),
        row(Point.AWAITING_PAYMENT, minutes=9),
        row(Point.HELD, minutes=30, in_doubt=True),
    ]
    assert standing(Listing(rows, ["bk9"]), NOON) == Standing(
        backlog=2,
        oldest_seconds=120,
        in_doubt=1,
        overdue=0,
        unreadable=1,
        statuses={Status.PENDING: 3, Status.AWAITING_PAYMENT: 1},
    )


LATE = NOON + dt.timedelta(hours=1, seconds=OVERDUE_SECONDS + 1)


@pytest.mark.parametrize(
    ("booking", "now", "overdue"),
    [
        (row(Point.HELD), NOON, False),
        (row(Point.HELD), LATE, True),
        (row(Point.AWAITING_PAYMENT), LATE, True),
        (row(Point.CONFIRMED), LATE, False),
        (row(Point.ENDED), LATE, False),
        (row(Point.HELD, in_doubt=True), LATE, False),
        # Its guest cancelled long after the deadline for making it.
        (row(Point.RETURNING, minutes=-65), LATE, False),
    ],
)
def test_overdue_is_past_the_deadline_and_unmoved_for_a_while(
    booking: Any, now: dt.datetime, *, overdue: bool
) -> None:
    assert is_overdue(booking, now) is overdue
