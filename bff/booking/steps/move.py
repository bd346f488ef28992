"""What one step of the saga comes to."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bff.booking.model import Booking, Ending, Point, Reason
from bff.booking.ports import Cards, Points, Reservations


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstreams:
    reservations: Reservations
    points: Points
    cards: Cards
    hold_seconds: int


@dataclass(frozen=True, slots=True)
class Move:
    """Go to `to`; `what` is the line for the story; `changes` are fields of Booking."""

    to: Point
    what: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing moved; look again at `until` (None: when the booking's policy says)."""

    what: str
    until: dt.datetime | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again:
    """It cannot be known whether the call was done, and doing it again does no harm."""

    what: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotDone:
    """The upstream does not know of it (yet): after the settling time it may be done again."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """It cannot be known or done by us: a person has to look."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What a person is asked about a call in doubt, and the way on where the answer is yes.

    The way takes the id that the person found upstream, if there is one; `needs_id` says that
    nothing can go on without it.
    """

    question: str
    done: "Done"
    needs_id: bool = False


Result = Move | Wait | Doubt
Answer = Move | Again | NotDone | Doubt
Do = Callable[[Upstreams, Booking, dt.datetime], Awaitable[Result]]
Ask = Callable[[Upstreams, Booking, dt.datetime], Awaitable[Answer]]
Done = Callable[[Upstreams, Booking, dt.datetime, str | None], Move]


def fail(what: str, reason: Reason, **changes: Any) -> Move:
    """Turn round: undo all that was done and end as FAILED."""
    return Move(Point.UNDOING, what, {"ending": Ending.FAILED, "reason": reason, **changes})
