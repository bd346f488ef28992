"""What a step, or a call that failed, means for its booking; pure."""

from dataclasses import dataclass

from bff.booking import policy
from bff.booking.model import Booking, Reason
from bff.booking.saga import Row
from bff.booking.steps.move import Again, Doubt, Move, NotDone, Wait, fail
from clients.errors import NotSent, Refused, Unauthorised, UpstreamError


@dataclass(frozen=True, slots=True)
class Unknown:
    """The call was made, or may have been; its outcome is not known."""

    what: str


@dataclass(frozen=True, slots=True)
class Retry:
    """The call, or the question after it, did not come to anything."""

    what: str
    known_not_done: bool
    after_seconds: float | None = None
    refused: bool = False


Step = Move | Wait | Doubt | Again | NotDone | Unknown | Retry


def judged(booking: Booking, row: Row, failure: UpstreamError, *, ask: bool) -> Step:
    """What a failed call, or a failed question, means for the booking."""
    said = _said(failure)
    match failure:
        case NotSent():
            return Retry(said, not ask, failure.retry_after_seconds)
        case Unauthorised():
            return Retry(said, not ask)
        case Refused():
            return _refused(booking, row, failure, ask=ask)
        case _ if ask or not row.writes or row.ask is None:
            return Retry(said, known_not_done=False)
        case _:
            return Unknown(said)


def _refused(booking: Booking, row: Row, failure: Refused, *, ask: bool) -> Step:
    """A refusal that its step does not expect."""
    said = _said(failure)
    if ask or (row.at in policy.FORWARD and not row.writes):
        return Retry(said, known_not_done=False)
    if row.at in policy.FORWARD:
        return fail(said, Reason.REFUSED, reason_detail=failure.upstream)
    if booking.refusals >= policy.MAX_UNDO_REFUSALS:
        return Doubt(said)
    return Retry(said, known_not_done=True, refused=True)


def _said(failure: UpstreamError) -> str:
    return f"{failure.upstream} {failure.operation}: {type(failure).__name__} {failure.detail}"


def moves_places(booking: Booking, row: Row, step: Step) -> bool:
    """Whether the venue may have more or fewer places free than before this step.

    So it may where the venue has answered for itself: it approved, declined or cancelled.
    """
    if row.upstream != "reservations":
        return False
    if isinstance(step, Move):
        # Without the points for it, no place was asked for.
        return step.changes.get("reason") is not Reason.INSUFFICIENT_POINTS
    # What was done late is given up by a look at it.
    has_looked = isinstance(step, Wait) and booking.stray_looks > 0
    return has_looked or isinstance(step, Unknown)
