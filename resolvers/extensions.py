"""What an answer's `extensions` tell developers: its cost, and what it asked of the upstreams."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from clients.watching import Ended, Overheard, Read, overhearing
from resolvers.schema import SchemaOptions

Told = dict[str, Any] | None


class Extensions:
    """Nothing at all outside of development: what is behind us is nobody's business."""

    def __init__(self, options: SchemaOptions, max_cost: int) -> None:
        self._costs = options.costs
        self._upstreams = options.upstreams
        self._max_cost = max_cost

    @contextmanager
    def gathering(self) -> Iterator[Callable[[int], Told]]:
        """Hears what is asked within; gives what the extensions then are, by the cost."""
        if not self._upstreams:
            yield lambda cost: self._made(cost, None)
            return
        with overhearing() as heard:
            yield lambda cost: self._made(cost, heard)

    def _made(self, cost: int, heard: Overheard | None) -> Told:
        made: dict[str, Any] = {}
        if self._costs:
            made["cost"] = {"requested": cost, "limit": self._max_cost}
        if heard is not None:
            made["upstream"] = {
                "calls": [_call(it) for it in heard.calls],
                "cacheReads": _reads(heard.reads),
            }
        return made or None


def _call(call: Ended) -> Mapping[str, Any]:
    return {
        "upstream": call.upstream,
        "operation": call.operation,
        "outcome": call.outcome,
        "status": call.status,
        "attempts": call.attempts,
        "ms": round(call.seconds * 1000, 1),
    }


def _reads(reads: list[Read]) -> list[dict[str, Any]]:
    """One line for each cache and way, with the oldest of its answers: a calendar reads dozens."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for read in reads:
        line = found.setdefault(
            (read.cache, read.how), {"cache": read.cache, "how": read.how, "count": 0, "ageMs": 0}
        )
        line["count"] += 1
        line["ageMs"] = max(line["ageMs"], round(read.age_seconds * 1000))
    return list(found.values())
