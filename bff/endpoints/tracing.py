"""Gives every request an id and a place in a trace; its upstream calls and log lines carry both."""

import re
import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clients.tracing import METHOD, STATUS_CODE, Facts, Trace, Tracer, new_trace, traced

_HEADER = "x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
# What is worth a span; what a load balancer and a collector ask every few seconds is not.
_ROUTES = frozenset({"/graphql", "/webhooks/stripe"})
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Tracing:
    """Takes a caller's own id where it is harmless, so that their logs and ours join up.

    The application behind it finds that id in the request's header, as if the caller had sent it.
    Pure ASGI, so that streamed answers stream. With a `tracer` each request is a span.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer | None = None) -> None:
        self._app = app
        self.tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = MutableHeaders(raw=list(scope["headers"]))
        given = headers.get(_HEADER, "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        headers[_HEADER] = request_id
        trace = self._begun(scope, request_id, headers.get("traceparent", ""))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[_HEADER] = request_id
                trace.span.set_attribute(STATUS_CODE, message["status"])
            await send(message)

        try:
            with traced(trace):
                await self._app({**scope, "headers": headers.raw}, receive, send_with_id)
        finally:
            trace.span.end()

    def _begun(self, scope: Scope, request_id: str, parent: str) -> Trace:
        route = scope["path"]
        if self.tracer is None or route not in _ROUTES:
            return new_trace(request_id, parent)
        # A caller may send any word for a method.
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        trace = new_trace(request_id, parent, tracer=self.tracer, name=f"{method} {route}")
        facts: Facts = {METHOD: method, "http.route": route, "request_id": request_id}
        trace.span.set_attributes(facts)
        return trace
