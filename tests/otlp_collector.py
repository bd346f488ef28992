"""A collector that takes OTLP over HTTP, and tells of the spans that it got."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class SeenSpan:
    """Ids are hex; `parent` is empty for a root. `links` are span ids."""

    name: str
    trace: str
    id: str
    parent: str
    facts: Mapping[str, Any]
    events: Sequence[tuple[str, Mapping[str, Any]]]
    links: Sequence[str]
    failed: bool
    kind: int
    service: str


@dataclass
class Collector:
    url: str
    spans: list[SeenSpan] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def named(self, name: str) -> list[SeenSpan]:
        return [it for it in self.spans if it.name == name]

    def below(self, top: SeenSpan) -> list[SeenSpan]:
        """All that hangs from `top`, itself included."""
        found, ids = [top], {top.id}
        while more := [
            it for it in self.spans if it.parent in ids and it.id not in ids and it not in found
        ]:
            found += more
            ids |= {it.id for it in more}
        return found

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            service = _facts(resource.resource.attributes).get("service.name", "")
            for scope in resource.scope_spans:
                self.spans += [_seen(it, service) for it in scope.spans]


def _seen(span: Any, service: str) -> SeenSpan:
    return SeenSpan(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        facts=_facts(span.attributes),
        events=[(it.name, _facts(it.attributes)) for it in span.events],
        links=[it.span_id.hex() for it in span.links],
        failed=span.status.code == 2,
        kind=span.kind,
        service=service,
    )


def _facts(attributes: Any) -> dict[str, Any]:
    return {it.key: getattr(it.value, it.value.WhichOneof("value")) for it in attributes}


@contextmanager
def running_collector(status: int = 200) -> Iterator[Collector]:
    """On a socket of its own; `status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.paths.append(self.path)
            if status == 200:
                collector.take(body)
            self.send_response(status)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector("http://{}:{}".format(*server.server_address))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
