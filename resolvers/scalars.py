"""The schema's own scalars. A naive datetime is a bug of ours, and never leaves the house."""

import datetime as dt
import re
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

URL = NewType("URL", str)

# `date.fromisoformat` also takes 20260101 and 2026-W01-1, which the schema does not promise.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NaiveDateTime(TypeError):
    """A datetime without an offset was about to be sent."""


def _write_datetime(value: dt.datetime) -> str:
    if value.utcoffset() is None:
        raise NaiveDateTime
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


def _read_datetime(value: Any) -> dt.datetime:
    try:
        parsed = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError("must be a date and time as RFC 3339 has it") from None
    if parsed.utcoffset() is None:
        raise GraphQLError("must carry an offset, such as Z or +08:00")
    return parsed


def _read_date(value: Any) -> dt.date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise GraphQLError("must be a date as YYYY-MM-DD")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise GraphQLError("is not a day of the calendar") from None


def _read_url(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("must be a URL")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment, as RFC 3339 with an offset: `2026-12-24T19:30:00+08:00`. "
            "Times at a venue carry the venue's offset on that day."
        ),
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_write_datetime,
        parse_value=_read_datetime,
    ),
    dt.date: strawberry.scalar(
        name="Date",
        description=(
            "A day, `YYYY-MM-DD`: the venue's business day, so that a table after midnight belongs "
            "to the day on which the evening began, unless the field says otherwise."
        ),
        specified_by_url="https://scalars.graphql.org/andimarek/local-date",
        serialize=dt.date.isoformat,
        parse_value=_read_date,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute address, ready to be fetched.",
        specified_by_url="https://url.spec.whatwg.org/",
        serialize=str,
        parse_value=_read_url,
    ),
}
