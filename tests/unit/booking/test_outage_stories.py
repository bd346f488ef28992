"""What a long outage leaves on a booking's row."""

import datetime as dt
import itertools

from bff.booking import transitions
from tests.booking_samples import booking
from tests.fake_clock import NOON

OUTAGE = ("hold: time-out", "hold: circuit open", "hold: 503", "hold: circuit open")


def test_a_day_of_tries_behind_a_breaker_adds_one_line_for_each_kind_of_failure() -> None:
    row = booking()
    before = len(row.story)
    for number, what in enumerate(itertools.islice(itertools.cycle(OUTAGE), 4000)):
        at = NOON + dt.timedelta(seconds=20 * number)
        row = transitions.retried(row, at, what, known_not_done=True)
    assert len(row.story) == before + len(set(OUTAGE))
    assert row.attempts == 4000


def test_the_same_failure_at_another_point_is_told_again() -> None:
    row = transitions.retried(booking(), NOON, "circuit open", known_not_done=True)
    moved = transitions.moved(row, transitions.Move(transitions.Point.BOOKED, "booked", {}), NOON)
    again = transitions.retried(moved, NOON, "circuit open", known_not_done=True)
    assert [entry.what for entry in again.story][-3:] == ["circuit open", "booked", "circuit open"]
