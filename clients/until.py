"""By when the writes of one piece of work must have ended, however deep in it they are made.

Reads are not bound by it: who is late to read harms nobody.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ENDS_AT: ContextVar[float | None] = ContextVar("writes_end_at", default=None)


@contextmanager
def writes_ending_within(seconds: float) -> Iterator[None]:
    """No write begun in this block, or in a task begun there, is waited for any longer."""
    before = _ENDS_AT.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS_AT.reset(before)


def seconds_left() -> float | None:
    """Until the writes must have ended; None where nobody has said so."""
    ends_at = _ENDS_AT.get()
    return None if ends_at is None else ends_at - time.monotonic()
