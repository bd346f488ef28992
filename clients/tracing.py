"""Which request a call belongs to, carried along by the context of its task.

Both headers are the W3C's Trace Context, level 1, and the customary `X-Request-Id`.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Trace:
    """`span_id` is that of whoever makes the calls: this process's part in the request."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str = "01"

    def headers(self) -> dict[str, str]:
        """For one call: a span of its own within the trace."""
        return {
            "x-request-id": self.request_id,
            "traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-{self.flags}",
        }


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    return _current.get()


def new_trace(request_id: str, traceparent: str = "") -> Trace:
    """The trace that `traceparent` goes on with, or a new one where it says nothing usable."""
    found = _PARENT.fullmatch(traceparent)
    if found is None or not found[1].strip("0") or not found[2].strip("0"):
        return Trace(request_id, secrets.token_hex(16), secrets.token_hex(8))
    return Trace(request_id, found[1], secrets.token_hex(8), found[3])


@contextmanager
def traced(trace: Trace) -> Iterator[None]:
    """Every call made within belongs to `trace`; also those of tasks that are begun here."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def trace_headers() -> dict[str, str]:
    """What a call to an upstream carries; nothing outside of a trace."""
    trace = _current.get()
    return trace.headers() if trace else {}


def trace_facts() -> dict[str, str]:
    """What a log line says of the request that it was written for."""
    trace = _current.get()
    return {"request_id": trace.request_id, "trace_id": trace.trace_id} if trace else {}
