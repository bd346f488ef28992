"""What is told of every request, and to whom: counts and words of ours, nothing that was sent."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol

from strawberry.types import ExecutionResult

from clients.tracing import tell, tell_failure, tell_name
from resolvers.apps import UNKNOWN, App
from resolvers.bodies import BadRequest
from resolvers.documents import Facts
from resolvers.errors import INTERNAL, LEDGER_UNAVAILABLE, UPSTREAM_UNAVAILABLE
from resolvers.problems import UpstreamUnavailable

# Names of operations are the app's; a few dozen. Strangers may invent any number.
MOST_NAMES = 100
UNNAMED = "unnamed"
OTHER = "other"
NONE = "none"


class Outcome(StrEnum):
    """How a request ended for its caller."""

    ANSWERED = "answered"
    DEGRADED = "degraded"  # something of it is missing, for want of an upstream
    REFUSED = "refused"  # the caller's own doing
    GONE = "gone"  # the caller left before
    UNAVAILABLE = "unavailable"  # nothing of it could be said, for want of an upstream
    FAILED = "failed"  # ours
    SHED = "shed"  # too much was asked of us at once
    LATE = "late"  # the whole request's deadline passed


# What an objective of availability counts against us.
_OURS = frozenset({Outcome.UNAVAILABLE, Outcome.FAILED, Outcome.SHED, Outcome.LATE})
_STATUSES = {
    HTTPStatus.SERVICE_UNAVAILABLE: Outcome.SHED,
    HTTPStatus.GATEWAY_TIMEOUT: Outcome.LATE,
    HTTPStatus.INTERNAL_SERVER_ERROR: Outcome.FAILED,
}


@dataclass(slots=True, kw_only=True)
class Account:
    """One request's, written as it goes along.

    `operation` is bounded by `Names`. `codes`: of its errors, each as often as it was met;
    `problems`: the expected refusals within its data; `limit`: the rate that it has used up.
    """

    app: App = UNKNOWN
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    operation: str = NONE
    facts: Facts = field(default_factory=Facts)
    cost: int = 0
    outcome: Outcome = Outcome.FAILED
    codes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    limit: str | None = None

    @property
    def kind(self) -> str:
        return NONE if self.operation == NONE else self.facts.kind.value

    def names(self, facts: Facts, operation: str) -> None:
        self.facts, self.operation = facts, operation

    def answered(self, result: ExecutionResult) -> None:
        self.codes += [str((it.extensions or {}).get("code")) for it in result.errors or ()]
        data = result.data if isinstance(result.data, dict) else {}
        self.outcome = self._judged(says_something=any(it is not None for it in data.values()))

    def refused(self, bad: BadRequest) -> None:
        self.codes.append(bad.code)
        self.limit = bad.limit
        self.outcome = _STATUSES.get(bad.status, Outcome.REFUSED)

    def close(self) -> None:
        """The end, as the request's span shall tell it too."""
        self.seconds = time.monotonic() - self.began
        if self.operation != NONE:
            tell_name(f"{self.kind} {self.operation}")
        tell(
            {
                "graphql.operation.type": self.kind,
                "graphql.operation.name": self.operation,
                "graphql.cost": self.cost,
                "app.name": self.app.name,
                "app.version": self.app.version,
                "outcome": self.outcome.value,
            }
        )
        if self.outcome in _OURS:
            tell_failure(self.outcome.value)

    def _judged(self, *, says_something: bool) -> Outcome:
        if INTERNAL in self.codes or LEDGER_UNAVAILABLE in self.codes:
            return Outcome.FAILED
        if UPSTREAM_UNAVAILABLE in self.codes:
            return Outcome.DEGRADED if says_something else Outcome.UNAVAILABLE
        if UpstreamUnavailable.__name__ in self.problems:
            return Outcome.UNAVAILABLE
        return Outcome.REFUSED if self.codes else Outcome.ANSWERED


class Watch(Protocol):
    def request_began(self) -> None: ...

    def request_ended(self, account: Account) -> None: ...


class Silent:
    """Hears and says nothing."""

    def request_began(self) -> None: ...

    def request_ended(self, account: Account) -> None: ...


SILENT = Silent()


class Names:
    """Of the operations that trusted documents hold, all; of others the first hundred."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = frozenset(trusted)
        self._met: set[str] = set()

    def of(self, facts: Facts) -> str:
        name = facts.name
        if name is None:
            return UNNAMED
        if name in self._trusted or name in self._met:
            return name
        if self._trusted or len(self._met) >= MOST_NAMES:
            return OTHER
        self._met.add(name)
        return name
