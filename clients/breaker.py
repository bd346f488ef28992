"""Stops asking an upstream that does not answer, and notices at once when it does again.

Closed: every call goes through, and how it ended is remembered. Open: none does. Then one goes
through as a probe: if it ends well the breaker closes, else it stays open for another while.
"""

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

# An upstream that answers every second call is still worth asking; one that fails this often is
# not: four of five callers would wait for nothing.
OPENING_SHARE = 0.8
# Fewer calls than this say nothing of an upstream.
MINIMUM_CALLS = 20
# What is looked back upon: so many calls, none of them older than so many seconds.
WINDOW_CALLS = 50
WINDOW_SECONDS = 15.0
# A short pause: a probe a second burdens nobody, and the end of an outage is noticed within two.
PAUSE_SECONDS = 1.0
# Copies of the service shall not probe in step.
PAUSE_JITTER = 0.5
# A probe that hangs holds the door shut no longer than this; the next call is one as well.
PROBE_SECONDS = 2.0


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Ended(StrEnum):
    """How a call that was let through ended, as far as the upstream is to blame."""

    WELL = "well"
    BADLY = "badly"
    UNJUDGED = "unjudged"  # says nothing of the upstream


@dataclass(frozen=True, slots=True)
class Pass:
    """Handed in when the call has ended. `era` counts the breaker's openings and closings."""

    era: int
    probes: bool


Changed = Callable[[State], None]


class Breaker:
    """One upstream's. `on_change` hears of every opening and closing; `now` is in seconds."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        on_change: Changed = lambda _state: None,
    ) -> None:
        self._now = now
        self._on_change = on_change
        self._window: deque[tuple[float, bool]] = deque(maxlen=WINDOW_CALLS)
        self._era = 0
        # None while closed; else from when on the next call may go through as a probe.
        self._probe_at: float | None = None
        self._probing = 0

    @property
    def state(self) -> State:
        if self._probe_at is None:
            return State.CLOSED
        return State.HALF_OPEN if self._probing else State.OPEN

    def opens_in(self) -> float | None:
        """Seconds until a call may go through; None where one may now."""
        if self._probe_at is None or self._now() >= self._probe_at:
            return None
        return self._probe_at - self._now()

    def enter(self) -> Pass | None:
        """Let a call through, or not. Who got a pass hands it in with `leave`, whatever happens."""
        if self._probe_at is None:
            return Pass(self._era, probes=False)
        if self._now() < self._probe_at:
            return None
        self._probe_at = self._now() + PROBE_SECONDS
        self._probing += 1
        return Pass(self._era, probes=True)

    def leave(self, given: Pass, ended: Ended) -> None:
        """Calls that began before the last opening or closing say nothing of now."""
        if given.era != self._era:
            return
        if given.probes:
            self._probing -= 1
            self._probed(ended)
        elif ended is not Ended.UNJUDGED:
            self._window.append((self._now(), ended is Ended.BADLY))
            if self._is_bad():
                self._turn(self._now() + _pause())

    def _probed(self, ended: Ended) -> None:
        if ended is Ended.WELL:
            self._turn(None)
        elif ended is Ended.BADLY:
            self._probe_at = self._now() + _pause()
        else:
            self._probe_at = self._now()

    def _is_bad(self) -> bool:
        while self._window[0][0] < self._now() - WINDOW_SECONDS:
            self._window.popleft()
        failed = sum(bad for _, bad in self._window)
        seen = len(self._window)
        return seen >= MINIMUM_CALLS and failed >= OPENING_SHARE * seen

    def _turn(self, probe_at: float | None) -> None:
        self._era += 1
        self._probe_at = probe_at
        self._probing = 0
        self._window.clear()
        self._on_change(self.state)


def _pause() -> float:
    return PAUSE_SECONDS + PAUSE_JITTER * random.random()  # noqa: S311 - jitter, not a secret
