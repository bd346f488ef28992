"""By when the calls of one piece of work must have ended, however deep in it they are made.

The writes of a drive end before somebody else may take it over; the reads of a request end with it.
Both go along with the context of a task, as the trace does. What serves others too, or goes on
after the request, is `unhurried`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context

_WRITES_END_AT: ContextVar[float | None] = ContextVar("writes_end_at", default=None)
_READS_END_AT: ContextVar[float | None] = ContextVar("reads_end_at", default=None)


@contextmanager
def writes_ending_within(seconds: float) -> Iterator[None]:
    """No write begun in this block, or in a task begun there, is waited for any longer."""
    with _ending(_WRITES_END_AT, seconds):
        yield


@contextmanager
def reads_ending_within(seconds: float) -> Iterator[None]:
    """Likewise for reads."""
    with _ending(_READS_END_AT, seconds):
        yield


def seconds_left(*, writes: bool) -> float | None:
    """Until writes, or reads, must have ended; None where nobody has said so."""
    ends_at = (_WRITES_END_AT if writes else _READS_END_AT).get()
    return None if ends_at is None else ends_at - time.monotonic()


def unhurried() -> Context:
    """The context as it is, but reads end with nobody's request."""
    context = copy_context()
    context.run(_READS_END_AT.set, None)
    return context


@contextmanager
def _ending(which: ContextVar[float | None], seconds: float) -> Iterator[None]:
    before = which.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        which.reset(before)
