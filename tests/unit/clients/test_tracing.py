import asyncio

import pytest

from clients.tracing import Trace, current_trace, new_trace, trace_headers, traced
from clients.transport import Call, open_transport
from tests.scripted_peer import answers, open_peer

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_callers_trace_goes_on() -> None:
    trace = new_trace("request-1", PARENT)
    assert trace.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert trace.span_id != "b7ad6b7169203331"


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
    trace = new_trace("request-1", nonsense)
    assert len(trace.trace_id) == 32
    assert trace.trace_id not in {"0af7651916cd43dd8448eb211c80319c", "0" * 32}


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
    with traced(Trace("a", "b", "c")):
        assert current_trace() is not None
    assert current_trace() is None
    assert trace_headers() == {}
