import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.catalogue.times import LocalTime, clock_text, instant

DAY = dt.date(2025, 3, 8)


def at(said: LocalTime, day: dt.date = DAY, zone: str = "Asia/Singapore") -> str | None:
    found = instant(day, said, zone)
    return found.isoformat() if found else None


def test_a_slot_after_midnight_lies_on_the_next_calendar_day() -> None:
    said = LocalTime(real_datetime="2025-03-09 00:30:00", date_time="2025-03-08 00:30:00")
    assert at(said) == "2025-03-09T00:30:00+08:00"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (LocalTime(date_time="2025-03-08 19:00:00"), "2025-03-08T19:00:00+08:00"),
        (LocalTime(date_time="2025-03-08 00:30:00"), "2025-03-09T00:30:00+08:00"),
        (LocalTime(date_time="2025-03-09 00:30:00"), "2025-03-09T00:30:00+08:00"),
        (LocalTime(clocks=("17:00:00",)), "2025-03-08T17:00:00+08:00"),
        (LocalTime(clocks=(None, "7:30 PM")), "2025-03-08T19:30:00+08:00"),
        (LocalTime(clocks=("7:30 pm",)), "2025-03-08T19:30:00+08:00"),
        (LocalTime(clocks=("07:00:00 PM",)), "2025-03-08T19:00:00+08:00"),
        (LocalTime(clocks=("12:15 AM",)), "2025-03-09T00:15:00+08:00"),
        (LocalTime(clocks=("05:59:00",)), "2025-03-09T05:59:00+08:00"),
        (LocalTime(clocks=("06:00:00",)), "2025-03-08T06:00:00+08:00"),
    ],
)
def test_without_the_real_date_the_hour_tells_the_day(said: LocalTime, expected: str) -> None:
    assert at(said) == expected


@pytest.mark.parametrize(
    "real", [None, "", "soon", "2024-03-08 19:00:00", "2025-03-08T19:00:00+00:00"]
)
def test_a_real_date_that_cannot_be_right_gives_way_to_the_next_best(real: str | None) -> None:
    said = LocalTime(real_datetime=real, clocks=("20:00:00",))
    assert at(said) == "2025-03-08T20:00:00+08:00"


def test_a_time_about_which_nothing_usable_is_said_is_none() -> None:
    assert at(LocalTime()) is None
    assert at(LocalTime(date_time="x", clocks=("25:00", "noon", None))) is None


def test_a_time_that_the_clocks_skip_moves_forward_by_the_gap() -> None:
    said = LocalTime(real_datetime="2025-03-09 02:30:00")
    assert at(said, dt.date(2025, 3, 9), "America/New_York") == "2025-03-09T03:30:00-04:00"


def test_of_a_time_shown_twice_the_first_is_meant() -> None:
    said = LocalTime(real_datetime="2025-11-02 01:30:00")
    assert at(said, dt.date(2025, 11, 1), "America/New_York") == "2025-11-02T01:30:00-04:00"


def test_an_ambiguous_time_still_equals_itself_in_utc() -> None:
    said = LocalTime(real_datetime="2025-11-02 01:30:00")
    found = instant(dt.date(2025, 11, 1), said, "America/New_York")
    assert found == dt.datetime(2025, 11, 2, 5, 30, tzinfo=dt.UTC)


def test_the_offset_is_that_of_the_slots_own_date() -> None:
    winter = LocalTime(real_datetime="2025-03-29 20:00:00")
    summer = LocalTime(real_datetime="2025-03-30 20:00:00")
    assert at(winter, dt.date(2025, 3, 29), "Europe/London") == "2025-03-29T20:00:00+00:00"
    assert at(summer, dt.date(2025, 3, 30), "Europe/London") == "2025-03-30T20:00:00+01:00"


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max])
def test_the_ends_of_the_calendar_break_nothing(day: dt.date) -> None:
    for clock in ("00:30:00", "23:30:00"):
        instant(day, LocalTime(real_datetime=f"{day} {clock}", clocks=(clock,)), "Asia/Tokyo")


@pytest.mark.parametrize(
    ("hour", "minute", "text"), [(19, 30, "7:30 PM"), (0, 15, "12:15 AM"), (12, 0, "12:00 PM")]
)
def test_times_are_written_as_the_vendor_writes_them(hour: int, minute: int, text: str) -> None:
    assert clock_text(dt.datetime(2025, 3, 8, hour, minute, tzinfo=dt.UTC)) == text


@given(
    day=st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1)),
    clock=st.times().map(lambda each: each.replace(microsecond=0, fold=0)),
    zone=st.sampled_from(["Asia/Singapore", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_an_instant_shows_the_local_time_it_was_made_of(
    day: dt.date, clock: dt.time, zone: str
) -> None:
    local = dt.datetime.combine(day, clock)
    found = instant(day, LocalTime(real_datetime=str(local)), zone)
    assert found is not None
    there = found.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    # In the gap of a change to summer time there is no such local time.
    assert there - local in {dt.timedelta(), dt.timedelta(minutes=30), dt.timedelta(hours=1)}
    assert found.replace(tzinfo=None) == there
