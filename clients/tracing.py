"""Which request a call belongs to, carried along by the context of its task.

Ids and headers are the W3C's Trace Context, in OpenTelemetry's words, and the customary
`X-Request-Id`. Where a tracer was given, spans are recorded; where none was, the same ids are
handed on to the upstreams and to log lines, and nothing else is done.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from opentelemetry.trace import (
    INVALID_SPAN,
    INVALID_SPAN_CONTEXT,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["SpanKind", "Trace", "Tracer"]

Facts = Mapping[str, str | int | float]

# Names of OpenTelemetry's conventions.
METHOD = "http.request.method"
STATUS_CODE = "http.response.status_code"

_HEADERS = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class Trace:
    """`span` is whoever makes the calls: this process's part in the request, or a part of that.

    Its ids are invalid while it is not known yet what the work is a part of. `said`: more that log
    lines shall say of the request.
    """

    request_id: str
    span: Span = INVALID_SPAN
    tracer: Tracer | None = None
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> SpanContext:
        return self.span.get_span_context()

    @property
    def tracer_at_work(self) -> Tracer | None:
        """None where nothing is recorded: by nobody, or not of this trace."""
        return self.tracer if self.ids.trace_flags.sampled else None


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    return _current.get()


def new_trace(
    request_id: str,
    parent: str = "",
    *,
    tracer: Tracer | None = None,
    name: str = "request",
    kind: SpanKind = SpanKind.SERVER,
) -> Trace:
    """The trace that a `traceparent` goes on with, or a new one where it says nothing usable.

    A caller's `tracestate` is not taken: it would be a stranger's words in our upstreams' books.

    With a tracer its span is recorded from now on: whoever began it ends it.
    """
    ids = _ids_in(parent)
    if tracer is None:
        return Trace(request_id, NonRecordingSpan(_ids_below(ids)))
    context = set_span_in_context(NonRecordingSpan(ids))
    return Trace(request_id, tracer.start_span(name, context, kind=kind), tracer)


@contextmanager
def traced(trace: Trace) -> Iterator[None]:
    """Every call made within belongs to `trace`; also those of tasks that are begun here."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, facts: Facts | None = None
) -> Iterator[None]:
    """A part of the trace; nothing outside of one that is recorded.

    What is raised within is told by its kind alone: its text may hold anything.
    """
    trace = _current.get()
    tracer = trace.tracer_at_work if trace is not None else None
    if trace is None or tracer is None:
        yield
        return
    context = set_span_in_context(trace.span)
    yield from _recorded(trace, tracer.start_span(name, context, kind=kind, attributes=facts))


@contextmanager
def carried_on(request_id: str, origin: str | None, name: str, facts: Facts) -> Iterator[None]:
    """Work for an earlier request, whose `traceparent()` is `origin`.

    Whoever is a request itself keeps its own trace, with a link to that one. Whoever is none, such
    as a worker, goes on with it.
    """
    here = _current.get() or Trace(request_id)
    begun = _ids_in(origin or "")
    if here.ids.is_valid and here.tracer_at_work is None:
        yield
        return
    if here.tracer is None:
        with traced(replace(here, span=NonRecordingSpan(_ids_below(begun)))):
            yield
        return
    elsewhere = begun.is_valid and begun.trace_id != here.ids.trace_id
    parent = here.span if here.ids.is_valid else NonRecordingSpan(begun)
    made = here.tracer.start_span(
        name,
        set_span_in_context(parent),
        kind=SpanKind.INTERNAL if here.ids.is_valid else SpanKind.CONSUMER,
        attributes=facts,
        links=[Link(begun)] if here.ids.is_valid and elsewhere else None,
    )
    yield from _recorded(here, made)


def _recorded(trace: Trace, made: Span) -> Iterator[None]:
    token = _current.set(replace(trace, span=made))
    try:
        yield
    except BaseException as failure:
        _fail(made, type(failure).__name__)
        raise
    finally:
        _current.reset(token)
        made.end()


def tell(facts: Facts) -> None:
    """What is known now of the part of the trace that we are in."""
    trace = _current.get()
    if trace is not None and trace.tracer is not None:
        trace.span.set_attributes(facts)


def tell_failure(kind: str) -> None:
    """The part of the trace that we are in has failed; `kind` is a word of ours."""
    trace = _current.get()
    if trace is not None and trace.tracer is not None:
        _fail(trace.span, kind)


def tell_name(name: str) -> None:
    """What we are in has a better name now."""
    trace = _current.get()
    if trace is not None and trace.tracer is not None:
        trace.span.update_name(name)


def _fail(made: Span, kind: str) -> None:
    made.set_status(Status(StatusCode.ERROR))
    made.set_attribute("error.type", kind)


def tell_event(name: str, facts: Facts) -> None:
    trace = _current.get()
    if trace is not None and trace.tracer is not None:
        trace.span.add_event(name, facts)


@contextmanager
def said(**facts: str) -> Iterator[None]:
    """Log lines within say this too."""
    trace = _current.get()
    if trace is None:
        yield
        return
    with traced(replace(trace, said={**trace.said, **facts})):
        yield


def traceparent() -> str | None:
    """Where we are in the trace, to be kept and carried on later; None outside of one."""
    trace = _current.get()
    return _headers_of(trace.span).get("traceparent") if trace is not None else None


def trace_headers() -> dict[str, str]:
    """What a call to an upstream carries; nothing outside of a trace."""
    trace = _current.get()
    if trace is None:
        return {}
    recorded = trace.tracer_at_work is not None
    # Unrecorded calls are told apart all the same.
    span = trace.span if recorded else NonRecordingSpan(_ids_below(trace.ids))
    return {"x-request-id": trace.request_id, **(_headers_of(span) if trace.ids.is_valid else {})}


def trace_facts() -> dict[str, str]:
    """What a log line says of the request that it was written for."""
    trace = _current.get()
    if trace is None:
        return {}
    known = {"trace_id": format_trace_id(trace.ids.trace_id)} if trace.ids.is_valid else {}
    return {"request_id": trace.request_id, **known, **trace.said}


def _headers_of(span: Span) -> dict[str, str]:
    found: dict[str, str] = {}
    _HEADERS.inject(found, set_span_in_context(span))
    return found


def _ids_in(parent: str) -> SpanContext:
    """Invalid ids where it says nothing usable."""
    if not parent:
        return INVALID_SPAN_CONTEXT
    return get_current_span(_HEADERS.extract({"traceparent": parent})).get_span_context()


def _ids_below(parent: SpanContext) -> SpanContext:
    known = parent.is_valid
    return SpanContext(
        trace_id=parent.trace_id if known else secrets.randbits(128),
        span_id=secrets.randbits(64) or 1,
        is_remote=False,
        trace_flags=parent.trace_flags if known else TraceFlags(TraceFlags.SAMPLED),
        trace_state=parent.trace_state,
    )
