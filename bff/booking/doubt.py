"""A person's word on a call whose outcome no machine can know."""

import datetime as dt
from dataclasses import dataclass, replace

from bff.booking import transitions
from bff.booking.model import Booking
from bff.booking.saga import row_for
from bff.booking.steps.move import ByHand, Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`done`: the call in doubt was done, or is settled by hand. `found`: its id upstream.

    `note` goes into the booking's story, which is not sealed: nothing personal.
    """

    done: bool
    found: str | None = None
    note: str | None = None


def by_hand(booking: Booking) -> ByHand | None:
    """What a person is asked; None where nothing is in doubt."""
    row = row_for(booking)
    return row.by_hand if booking.in_doubt and row is not None else None


def resolved(up: Upstreams, booking: Booking, verdict: Verdict, now: dt.datetime) -> Booking:
    """The booking with its doubt cleared up; as it is where somebody else has done that."""
    asked = by_hand(booking)
    if asked is None:
        return booking
    said = f"operator: {'done' if verdict.done else 'not done'}"
    told = booking.told(now, f"{said}; {verdict.note}" if verdict.note else said)
    certain = replace(told, in_doubt=False)
    if not verdict.done:
        return transitions.undone(certain, now, "was not done")
    return transitions.moved(certain, asked.done(up, booking, now, verdict.found), now)
