"""Tolerant readers of upstream fields.

An upstream may send null, leave a field out, send an int for a string or the reverse, or something
of another type altogether. Each reader gives the value in the wanted type, or None. None of them
raises, save `decoded` for a body that is no JSON at all.
"""

import datetime as dt
import decimal
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

Record = Mapping[str, Any]

# No figure of ours is longer; `1e999999999` as an int would take all memory.
MAX_DIGITS = 18

_TRUE = frozenset({"true", "1", "yes", "y"})
_FALSE = frozenset({"false", "0", "no", "n"})


def decoded(content: bytes) -> Any:
    """A JSON body, its fractions as Decimal. Errors: ValueError, whatever is wrong with it."""
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_refused)
    except RecursionError as too_deep:
        raise ValueError("nested too deeply") from too_deep


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def record(value: object) -> Record:
    """An object; an empty one where something else came."""
    return value if isinstance(value, Mapping) else {}


def records(value: object) -> Iterator[Record]:
    """The objects of a list; whatever else is in it is left out."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def text(row: Record, name: str) -> str | None:
    """Text without blanks around it; numbers as text; None for empty text."""
    value = row.get(name)
    if isinstance(value, (int, Decimal, float)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        # JSON can spell half a character, which no UTF-8 answer of ours could carry on.
        clean = value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
        return clean.strip() or None
    return None


def words(row: Record, name: str) -> str | None:
    """Text as `text` reads it; None for a number, which is nobody's name, key or token."""
    return text(row, name) if isinstance(row.get(name), str) else None


def number(row: Record, name: str) -> Decimal | None:
    """A finite number of a sane size, from a number or from text."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal, float)):
        return None
    try:
        # By way of text: Decimal(0.1) would keep the binary fraction.
        found = Decimal(str(value).strip())
    except (decimal.InvalidOperation, ValueError):
        return None
    if not found.is_finite() or abs(found.adjusted()) > MAX_DIGITS:
        return None
    return found


def whole(row: Record, name: str) -> int | None:
    """A whole number; `2.0` counts, `2.5` does not."""
    found = number(row, name)
    if found is None or found != found.to_integral_value():
        return None
    return int(found)


def flag(row: Record, name: str) -> bool | None:
    """A truth value, also as 0, 1 or text."""
    value = row.get(name)
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, str)):
        word = str(value).strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return None


def moment(row: Record, name: str, zone: dt.tzinfo | None = None) -> dt.datetime | None:
    """An ISO 8601 date and time; one without an offset is taken to be in `zone` (naive if None)."""
    value = row.get(name)
    if not isinstance(value, str):
        return None
    try:
        found = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found if found.tzinfo or zone is None else found.replace(tzinfo=zone)


def day(row: Record, name: str) -> dt.date | None:
    """An ISO 8601 date; the date of a date with a time."""
    found = moment(row, name)
    return found.date() if found else None
