"""Who hears of every call to an upstream: a log line for what failed, and whoever counts."""

import logging
from dataclasses import dataclass
from typing import Protocol

from clients.breaker import State
from clients.errors import UpstreamError

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
