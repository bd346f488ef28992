"""Relay's pagination over a list that is sorted by a key.

A cursor is the sort key of its row, not its place: rows that come or go between two pages neither
repeat nor hide others.
"""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from resolvers.cache_hints import CATALOGUE, cached
from resolvers.errors import BadInput

T = TypeVar("T")
Key = tuple[int | str, ...]

DEFAULT_FIRST = 20
MAX_FIRST = 100
# Longer than any key of ours in base64.
_MAX_CURSOR_LENGTH = 2048
_NOT_OURS = "is not a cursor of this list"

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many at most, 1 to {MAX_FIRST}; null counts as 20."),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="A `cursor` or `endCursor`: only what comes after it; null starts at the top."
    ),
]


@cached(CATALOGUE)
@strawberry.type(description="Where a page lies in the whole list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="More follows: ask with `endCursor`.")
    has_previous_page: bool = strawberry.field(description="Something comes before this page.")
    start_cursor: str | None = strawberry.field(
        description="The first row's cursor; null when empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The last row's cursor, to give as `after`; null when empty."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    rows: Sequence[tuple[T, str]]
    info: PageInfo


def page(
    kind: str, items: Sequence[T], key: Callable[[T], Key], *, first: int | None, after: str | None
) -> Page[T]:
    """The rows of `items` after a cursor. Errors: `BadInput` for a bad `first` or `after`."""
    size = DEFAULT_FIRST if first is None else first
    if not 1 <= size <= MAX_FIRST:
        raise BadInput("first", f"must be 1 to {MAX_FIRST}")
    ordered = sorted(items, key=key)
    start = 0
    if after:
        start = bisect_right(ordered, _read_cursor(kind, after, ordered, key), key=key)
    rows = [(item, _cursor(kind, key(item))) for item in ordered[start : start + size]]
    info = PageInfo(
        has_next_page=start + size < len(ordered),
        has_previous_page=start > 0,
        start_cursor=rows[0][1] if rows else None,
        end_cursor=rows[-1][1] if rows else None,
    )
    return Page(rows=rows, info=info)


def _cursor(kind: str, key: Key) -> str:
    text = json.dumps([kind, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(kind: str, cursor: str, items: Sequence[T], key: Callable[[T], Key]) -> Key:
    found, *parts = _decoded(cursor)
    shape = [type(part) for part in key(items[0])] if items else None
    if found != kind or (shape is not None and [type(part) for part in parts] != shape):
        raise BadInput("after", _NOT_OURS)
    return tuple(parts)


def _decoded(cursor: str) -> list[Any]:
    """Errors: `BadInput`."""
    try:
        text = base64.b64decode(cursor[:_MAX_CURSOR_LENGTH], altchars=b"-_", validate=True)
        parts = json.loads(text)
    except (binascii.Error, ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or not parts:
        raise BadInput("after", _NOT_OURS)
    return parts
