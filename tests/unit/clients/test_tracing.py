import asyncio

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import SpanContext

from clients.tracing import (
    Trace,
    carried_on,
    current_trace,
    new_trace,
    span,
    trace_facts,
    trace_headers,
    traced,
)
from clients.transport import Call, open_transport
from tests.scripted_peer import answers, open_peer

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_callers_trace_goes_on() -> None:
    ids = new_trace("request-1", PARENT).ids
    assert ids.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert ids.span_id != 0xB7AD6B7169203331


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "00-zz",
        PARENT.upper(),
        f"{PARENT}-more",
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
        "\r\nx: y",
    ],
)
def test_a_parent_that_is_none_begins_a_new_trace(nonsense: str) -> None:
    ids = new_trace("request-1", nonsense).ids
    assert ids.is_valid
    assert ids.trace_id != 0x0AF7651916CD43DD8448EB211C80319C


async def test_a_call_carries_the_request_it_belongs_to_and_a_span_of_its_own() -> None:
    async with (
        open_peer(answers(200)) as peer,
        open_transport("up", peer.url, timeout_seconds=5) as transport,
    ):
        call = Call(operation="test", method="GET", path="/")
        with traced(new_trace("request-1", PARENT)):
            await asyncio.gather(transport.send(call), transport.send(call))
        await transport.send(call)
    lines = [line for head in peer.heads for line in head.lower().splitlines()]
    spans = [line for line in lines if line.startswith("traceparent: ")]
    assert lines.count("x-request-id: request-1") == 2
    assert len(set(spans)) == 2
    assert all("-0af7651916cd43dd8448eb211c80319c-" in span for span in spans)


def test_outside_of_a_trace_nothing_is_sent_along() -> None:
    with traced(Trace("a")):
        assert current_trace() is not None
    assert current_trace() is None
    assert trace_headers() == {}


class Recorder:
    """OpenTelemetry's own SDK, with what was recorded at hand."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(sampler=ParentBased(ALWAYS_ON), shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = provider.get_tracer("test")

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


def ids(span: ReadableSpan) -> SpanContext:
    assert span.context is not None
    return span.context


async def test_a_recorded_call_tells_the_upstream_its_own_span() -> None:
    recorder = Recorder()
    async with (
        open_peer(answers(200)) as peer,
        open_transport("up", peer.url, timeout_seconds=5) as transport,
    ):
        trace = new_trace("request-1", PARENT, tracer=recorder.tracer, name="top")
        with traced(trace):
            await transport.send(Call(operation="test", method="GET", path="/secret-id"))
        trace.span.end()
    call, top = recorder.spans["up test"], recorder.spans["top"]
    assert call.parent is not None
    assert (call.parent.span_id, ids(call).trace_id) == (ids(top).span_id, ids(top).trace_id)
    assert f"-{ids(call).trace_id:032x}-{ids(call).span_id:016x}-01" in peer.heads[0]
    assert call.attributes is not None
    assert dict(call.attributes) == {
        "upstream": "up",
        "operation": "test",
        "attempt": 1,
        "http.request.method": "GET",
        "http.response.status_code": 200,
    }


async def test_what_a_caller_does_not_want_recorded_is_not() -> None:
    recorder = Recorder()
    trace = new_trace("r", PARENT.removesuffix("01") + "00", tracer=recorder.tracer)
    with traced(trace), span("inner"):
        assert trace_headers()["traceparent"].endswith("-00")
    trace.span.end()
    assert recorder.spans == {}


def test_a_failure_within_is_told_by_its_kind_and_never_in_its_words() -> None:
    recorder = Recorder()
    trace = new_trace("r", tracer=recorder.tracer)
    with traced(trace), pytest.raises(ValueError, match="mei"), span("inner"):
        raise ValueError("mei.tan@example.test")
    inner = recorder.spans["inner"]
    assert dict(inner.attributes or {}) == {"error.type": "ValueError"}
    assert (inner.events, inner.status.description) == ((), None)


def test_a_worker_goes_on_with_a_trace_and_a_request_links_to_it() -> None:
    recorder = Recorder()
    facts = {"booking_id": "bk1"}
    with traced(Trace("bk1", tracer=recorder.tracer)), carried_on("bk1", PARENT, "work", facts):
        pass
    request = new_trace("r", tracer=recorder.tracer, name="request")
    with traced(request), carried_on("bk1", PARENT, "drive", facts):
        pass
    work, drive = recorder.spans["work"], recorder.spans["drive"]
    assert work.parent is not None
    assert f"00-{work.parent.trace_id:032x}-{work.parent.span_id:016x}-01" == PARENT
    assert ids(drive).trace_id == request.ids.trace_id
    (link,) = drive.links
    assert f"{link.context.span_id:016x}" == PARENT[36:52]


def test_unrecorded_work_hands_the_trace_on_all_the_same() -> None:
    for origin in (PARENT, None):
        with traced(Trace("bk1")), carried_on("bk1", origin, "work", {}):
            said = trace_facts()
            assert said["request_id"] == "bk1"
            assert (said["trace_id"] == PARENT[3:35]) is (origin is not None)
            assert said["trace_id"] in trace_headers()["traceparent"]
