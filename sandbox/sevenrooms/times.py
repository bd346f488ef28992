"""Business days, minutes of them, and the many texts SevenRooms writes times in."""

import functools
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.seed.model import DAY_STARTS_AT_MINUTE, Cutoff

DAY_MINUTES = 24 * 60
# Every text that is accepted: "19:30", "19:30:00", "7:30 PM", "07:30pm".
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?\s*([AaPp][Mm])?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# A slot's place in the day counts quarters of an hour from six in the morning (CONFIRMED-C).
_TICK_MINUTES = 15
_YEARS = range(2000, 3000)


def parse_date(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def parse_clock(text: str) -> int | None:
    """A clock time as minutes since midnight, 0 to 1439."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, half = int(match[1]), int(match[2]), match[3]
    if half is not None:
        if not 1 <= hours <= 12:  # noqa: PLR2004 - hours of a twelve-hour clock
            return None
        hours = hours % 12 + (12 if half.upper() == "PM" else 0)
    total = hours * 60 + minutes
    return total if minutes < 60 and total < DAY_MINUTES else None  # noqa: PLR2004 - an hour


def minute_of_business_day(clock: int) -> int:
    """Before six in the morning is the night of the business day before midnight."""
    return clock if clock >= DAY_STARTS_AT_MINUTE else clock + DAY_MINUTES


def local_time(day: date, minute: int) -> datetime:
    """What the venue's clock shows, without a zone."""
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - wall clock


def instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """In UTC; of an hour that comes twice the first one."""
    return local_time(day, minute).replace(tzinfo=zone).astimezone(UTC)


def exists(zone: ZoneInfo, day: date, minute: int) -> bool:
    """False in the hour that the clocks jump over."""
    there_and_back = instant(zone, day, minute).astimezone(zone).replace(tzinfo=None)
    return there_and_back == local_time(day, minute)


def business_day(zone: ZoneInfo, now: datetime) -> date:
    return (now.astimezone(zone) - timedelta(minutes=DAY_STARTS_AT_MINUTE)).date()


def deadline(zone: ZoneInfo, day: date, starts_at: datetime, cutoff: Cutoff | None) -> datetime:
    """The last moment that a cut-off leaves; the start itself where there is none."""
    if cutoff is None:
        return starts_at
    if cutoff.unit == "DAYS":
        hour = cutoff.hour or 0
        return min(starts_at, instant(zone, day - timedelta(days=cutoff.num), hour * 60))
    return starts_at - timedelta(hours=cutoff.num)


def tick(minute: int) -> int:
    return (minute - DAY_STARTS_AT_MINUTE) // _TICK_MINUTES


@functools.lru_cache(maxsize=4096)
def clock_text(minute: int) -> str:
    """Twelve hours: 7:30 PM."""
    hours, minutes = divmod(minute % DAY_MINUTES, 60)
    return f"{hours % 12 or 12}:{minutes:02d} {'AM' if hours < 12 else 'PM'}"  # noqa: PLR2004 - noon


@functools.lru_cache(maxsize=4096)
def clock_iso(minute: int) -> str:
    """Twenty-four hours: 19:30:00."""
    hours, minutes = divmod(minute % DAY_MINUTES, 60)
    return f"{hours:02d}:{minutes:02d}:00"


def stamp(moment: datetime | None) -> str | None:
    """UTC without a zone, microseconds always there (form CONFIRMED-V)."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
