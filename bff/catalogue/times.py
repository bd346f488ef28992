"""When a slot really is: a venue's business day and local texts to an instant.

SevenRooms speaks in local times without an offset; the venue's zone is our own configuration.
"""

import contextlib
import datetime as dt
import zoneinfo
from dataclasses import dataclass

# A business day lasts into the next calendar day. The vendor's document speaks of a venue "with a
# 6am start of day"; where only a time of day is told, what lies before that hour is after midnight.
START_OF_DAY = dt.time(6)

_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I %p")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """What SevenRooms says of a time, the most reliable first.

    `real_datetime` carries the true date (CONFIRMED-V); `date_time` may carry the business day in
    its place; `clocks` are times of day (`"17:00:00"`, `"5:00 PM"`).
    """

    real_datetime: str | None = None
    date_time: str | None = None
    clocks: tuple[str | None, ...] = ()


def instant(day: dt.date, said: LocalTime, zone: str) -> dt.datetime | None:
    """The instant, with the venue's offset; None where nothing usable was said.

    A time that the clocks skip is moved forward by the skipped hour; of a time that they show twice
    the first is meant.
    """
    with contextlib.suppress(OverflowError):  # the last days of the calendar
        local = _local(day, said)
        return None if local is None else _placed(local, zoneinfo.ZoneInfo(zone))
    return None


def clock_text(moment: dt.datetime) -> str:
    """`"7:30 PM"`, the form in which SevenRooms writes and reads times (CONFIRMED-L)."""
    return moment.strftime("%I:%M %p").lstrip("0")


def _local(day: dt.date, said: LocalTime) -> dt.datetime | None:
    real = _date_time(said.real_datetime)
    if real is not None and _is_of(day, real):
        return real
    other = _date_time(said.date_time)
    if other is not None and _is_of(day, other):
        return _on_business_day(day, other.time()) if other.date() == day else other
    for text in said.clocks:
        clock = _clock(text)
        if clock is not None:
            return _on_business_day(day, clock)
    return None


def _is_of(day: dt.date, local: dt.datetime) -> bool:
    """Whether the time can belong to the business day: on it, or after its midnight."""
    return local.date() in {day, day + dt.timedelta(days=1)}


def _on_business_day(day: dt.date, clock: dt.time) -> dt.datetime:
    after_midnight = dt.timedelta(days=1) if clock < START_OF_DAY else dt.timedelta()
    return dt.datetime.combine(day + after_midnight, clock)


def _date_time(text: str | None) -> dt.datetime | None:
    with contextlib.suppress(ValueError):
        found = dt.datetime.fromisoformat(text or "")
        # The vendor sends no offset; one that came would leave open which time is meant.
        return found if found.tzinfo is None else None
    return None


def _clock(text: str | None) -> dt.time | None:
    for form in _CLOCKS:
        with contextlib.suppress(ValueError):
            return dt.datetime.strptime((text or "").strip().upper(), form).time()  # noqa: DTZ007
    return None


def _placed(local: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    # By way of UTC: a skipped time keeps the offset before the gap and so lands behind it.
    placed = local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC).astimezone(zone)
    # A fixed offset, because Python never calls an ambiguous time equal to one of another zone.
    return placed.replace(tzinfo=dt.timezone(placed.utcoffset() or dt.timedelta()), fold=0)
