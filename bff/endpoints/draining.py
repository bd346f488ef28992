"""On the way out: ready for nothing new, while all that comes is still answered."""

import asyncio
import contextlib

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Draining:
    """How far the process is on its way out. Set by whoever gets the signal.

    `begun`: nothing new shall be sent here. `is_closing`: what lasts for ever has to end now.
    """

    def __init__(self) -> None:
        self.begun = False
        self._closing = asyncio.Event()

    def begin(self) -> None:
        self.begun = True

    def close(self) -> None:
        self.begun = True
        self._closing.set()

    async def is_off(self) -> bool:
        """For the readiness check."""
        return not self.begun

    async def closing(self) -> None:
        await self._closing.wait()


class LeavingQuietly:
    """Lets kept connections go one by one while draining, and ends event streams at its close.

    A connection that is told to close is opened anew elsewhere; one that is cut under the next
    request fails that request. An event stream ends without its last event, so that its client
    opens it anew as well.
    """

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Response(self._draining, send)
        if b"text/event-stream" not in dict(scope["headers"]).get(b"accept", b""):
            await self._app(scope, receive, response.send)
            return
        answering = asyncio.ensure_future(self._app(scope, receive, response.send))
        closing = asyncio.ensure_future(self._draining.closing())
        try:
            await asyncio.wait({answering, closing}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done() or not response.is_stream:
                await answering
                return
            answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answering
            await response.end()
        finally:
            closing.cancel()
            answering.cancel()


class _Response:
    def __init__(self, draining: Draining, send: Send) -> None:
        self._draining = draining
        self._send = send
        self.is_stream = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            self.is_stream = headers.get("content-type", "").startswith("text/event-stream")
            if self._draining.begun:
                headers["connection"] = "close"
        await self._send(message)

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
