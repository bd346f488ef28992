"""What small upstreams with books share: their clock, their faults, and where the process dies.

A fault is asked for by the name of a call and happens at its next use:
    not_sent   nothing reaches the upstream
    lost       done, and the answer is lost
    undone     the answer is lost, and it was not done
    late       the answer is lost, and it is done LATE_SECONDS afterwards
    unauthorised  it does not take our credentials, and nothing is done
    refused    the upstream says no, and nothing is done
    session_over  the CRM does not take the member's session any more
    broken     our own code fails
"""

import contextlib
import datetime as dt
import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bff.booking.ledger_away import LedgerAway
from bff.booking.ports import InsufficientPoints, MemberSessionOver, SlotGone
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised
from tests.fake_clock import FakeClock

T = TypeVar("T")

# Longer than we wait before we believe that a call was not done.
LATE_SECONDS = 30


class Killed(BaseException):
    """The process died here."""


_DOES_NOTHING: dict[str | None, Callable[[str], Exception]] = {
    "not_sent": lambda name: NotSent("upstream", name),
    "undone": lambda name: OutcomeUnknown("upstream", name),
    "refused": lambda name: Refused("upstream", name, status=400),
    "unauthorised": lambda name: Unauthorised("upstream", name, status=401),
    "session_over": lambda _: MemberSessionOver(),
    "broken": ZeroDivisionError,
}


@dataclass
class World:
    """What all upstreams share: time, faults, a counter of calls, and where the process dies."""

    clock: FakeClock = field(default_factory=FakeClock)
    calls: Counter[str] = field(default_factory=Counter)
    faults: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    instants: int = 0
    dies_at: int | None = None
    writes_left: float = math.inf
    is_readable: bool = True
    late: list[tuple[dt.datetime, Callable[[], object]]] = field(default_factory=list)

    def catch_up(self) -> None:
        """Do what is late, as far as its time has come."""
        now = self.clock.now()
        done = [do for at, do in self.late if at <= now]
        self.late = [(at, do) for at, do in self.late if at > now]
        for do in done:
            with contextlib.suppress(SlotGone, InsufficientPoints):
                do()

    def write(self) -> None:
        """One write of the ledger, on a disk that may be full."""
        if self.writes_left < 1:
            raise LedgerAway("full")
        self.writes_left -= 1

    def instant(self) -> None:
        """One instant at which a process may die."""
        self.instants += 1
        if self.instants - 1 == self.dies_at:
            raise Killed

    def call(self, name: str, do: Callable[[], T]) -> T:
        self.instant()
        self.catch_up()
        self.calls[name] += 1
        fault = self.faults[name].popleft() if self.faults[name] else None
        if fault in _DOES_NOTHING:
            raise _DOES_NOTHING[fault](name)
        if fault == "late":
            self.late.append((self.clock.now() + dt.timedelta(seconds=LATE_SECONDS), do))
            raise OutcomeUnknown("upstream", name)
        answer = do()
        if fault == "lost":
            raise OutcomeUnknown("upstream", name)
        self.instant()
        return answer
