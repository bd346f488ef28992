"""Who hears of every call to an upstream: a log line for what failed, and whoever counts.

What one request asked can be overheard, too: `overhearing`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, Protocol

from clients.breaker import State
from clients.errors import UpstreamError
from clients.tracing import tell_event

log = logging.getLogger("upstream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A call as its caller saw it. `attempts`: how often the upstream was asked; 0 for never.

    `outcome` is "answered" or the name of the failure.
    """

    upstream: str
    operation: str
    outcome: str
    status: int | None
    seconds: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An answer that a cache gave. `age_seconds`: since the loading of it began.

    "fresh": kept; "stale": kept, and no newer one could be had; "loaded": asked for just now;
    "joined": somebody else was asking already.
    """

    cache: str
    how: Literal["fresh", "stale", "loaded", "joined"]
    age_seconds: float


@dataclass(slots=True)
class Overheard:
    calls: list[Ended] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)


_overheard: ContextVar[Overheard | None] = ContextVar("overheard", default=None)


@contextmanager
def overhearing() -> Iterator[Overheard]:
    """All that is asked within, also by tasks that are begun here, as it comes to its end."""
    heard = Overheard()
    token = _overheard.set(heard)
    try:
        yield heard
    finally:
        _overheard.reset(token)


def overhear(what: Ended | Read) -> None:
    if isinstance(what, Read):
        milliseconds = round(what.age_seconds * 1000)
        tell_event("cache", {"cache": what.cache, "how": what.how, "age_ms": milliseconds})
    heard = _overheard.get()
    if heard is None:
        return
    if isinstance(what, Read):
        heard.reads.append(what)
    else:
        heard.calls.append(what)


class Watch(Protocol):
    def call_ended(self, call: Ended) -> None: ...

    def circuit_changed(self, upstream: str, state: State) -> None: ...


class Silent:
    """Hears and says nothing."""

    def call_ended(self, call: Ended) -> None: ...

    def circuit_changed(self, upstream: str, state: State) -> None: ...


SILENT = Silent()


def log_failure(call: Ended, failure: UpstreamError) -> None:
    """One line; what was sent and answered is in none of it.

    What our own breaker kept back is not logged: the line that says it has opened stands for it.
    A refusal is an answer: most are a guest's (a wrong password, a place that is gone).
    """
    level = logging.INFO if type(failure).__name__ == "Refused" else logging.WARNING
    log.log(
        level,
        "upstream_call_failed",
        extra={
            "upstream": call.upstream,
            "operation": call.operation,
            "kind": call.outcome,
            "status": call.status,
            "attempts": call.attempts,
            "milliseconds": round(call.seconds * 1000),
        },
    )


def log_circuit(upstream: str, state: State) -> None:
    log.warning("upstream_circuit_changed", extra={"upstream": upstream, "state": state.value})
