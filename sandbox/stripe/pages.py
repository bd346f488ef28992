"""Lists (docs.stripe.com/api/pagination): newest first, cut by a cursor."""

import operator
from collections.abc import Callable, Iterator, Mapping
from itertools import dropwhile, islice
from typing import Any, Protocol, TypeVar

from sandbox.stripe import form, shapes
from sandbox.stripe.errors import invalid_parameter, missing
from sandbox.stripe.form import Params

DEFAULT_LIMIT = 10
MOST = 100

_COMPARISONS = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class _Made(Protocol):
    id: str
    created: int


M = TypeVar("M", bound=_Made)


def page(
    url: str,
    shelf: Mapping[str, M],
    params: Params,
    shape: Callable[[M], dict[str, Any]],
    wanted: Callable[[M], bool] = lambda _: True,
) -> dict[str, Any]:
    """The page that the parameters ask for, of those that are wanted."""
    limit = form.integer(params, "limit") or DEFAULT_LIMIT
    if limit > MOST:
        message = f"This value must be less than or equal to {MOST}."
        raise invalid_parameter(message, "limit", "parameter_invalid_integer")
    made_then = _made_then(params)
    fitting = (item for item in _window(shelf, params) if made_then(item.created) and wanted(item))
    found = list(islice(fitting, limit + 1))
    shown = found[:limit]
    if "ending_before" in params:
        shown.reverse()
    return shapes.listing(url, map(shape, shown), has_more=len(found) > limit)


def _window(shelf: Mapping[str, M], params: Params) -> Iterator[M]:
    """What lies beyond the cursor, nearest first."""
    after, before = form.text(params, "starting_after"), form.text(params, "ending_before")
    cursor = after or before
    if cursor is None:
        return reversed(list(shelf.values()))
    if cursor not in shelf:
        param = "starting_after" if after else "ending_before"
        raise missing("object", cursor, param, named_by_path=False)
    items = reversed(list(shelf.values())) if after else iter(shelf.values())
    beyond = dropwhile(lambda item: item.id != cursor, items)
    next(beyond)
    return beyond


def _made_then(params: Params) -> Callable[[int], bool]:
    """The `created` filter: one instant, or bounds by gt, gte, lt, lte."""
    given = params.get("created")
    if given is None:
        return lambda _: True
    if not isinstance(given, dict):
        instant = form.integer(params, "created", least=0)
        return lambda created: created == instant
    form.check_names(given, frozenset(_COMPARISONS))
    bounds = [(_COMPARISONS[name], form.integer(given, name, least=0) or 0) for name in given]
    return lambda created: all(compare(created, bound) for compare, bound in bounds)
