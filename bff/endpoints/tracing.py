"""Gives every request an id and a place in a trace; its upstream calls and log lines carry both."""

import re
import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clients.tracing import new_trace, traced

_HEADER = "x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")


class Tracing:
    """Takes a caller's own id where it is harmless, so that their logs and ours join up.

    The application behind it finds that id in the request's header, as if the caller had sent it.
    Pure ASGI, so that streamed answers stream.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = MutableHeaders(raw=list(scope["headers"]))
        given = headers.get(_HEADER, "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        headers[_HEADER] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        with traced(new_trace(request_id, headers.get("traceparent", ""))):
            await self._app({**scope, "headers": headers.raw}, receive, send_with_id)
