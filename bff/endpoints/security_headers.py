"""Headers that every answer carries, unless its endpoint says otherwise."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DEFAULTS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    # An API answer that a browser takes for a page may load and run nothing.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    # Two years; browsers ignore it over plain HTTP, so that it does no harm on one machine.
    "strict-transport-security": "max-age=63072000; includeSubDomains",
}


class SecurityHeaders:
    """Pure ASGI, so that streamed answers stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _DEFAULTS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
