"""Which web pages may ask us from a browser: those of the origins that are listed, and no others.

Apps need none of this. No page is ever allowed to send cookies: there are none, and a token is put
into its header by the page itself.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET, POST"
# What apps and their GraphQL clients send; all but the first three say which app it is.
_HEADERS = (
    "authorization, content-type, x-request-id, "
    "apollographql-client-name, apollographql-client-version, x-apollo-operation-name, "
    "apollo-require-preflight"
)
_SHOWN = "etag, retry-after, x-request-id"
# Chromium's own most.
_PREFLIGHT_SECONDS = 7200


class Cors:
    """Without origins it does nothing at all."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._origins:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = origin if origin in self._origins else None
        is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if allowed is not None and is_preflight:
            await _permit(allowed, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(MutableHeaders(scope=message), allowed)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _mark(headers: MutableHeaders, allowed: str | None) -> None:
    # Also for who sent no origin: a CDN must not show a page the answer that an app was given.
    headers.add_vary_header("Origin")
    if allowed is not None:
        headers["access-control-allow-origin"] = allowed
        headers["access-control-expose-headers"] = _SHOWN


async def _permit(origin: str, send: Send) -> None:
    headers = MutableHeaders(
        {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": _HEADERS,
            "access-control-max-age": str(_PREFLIGHT_SECONDS),
            "cache-control": "no-store",
            "vary": "Origin",
        }
    )
    await send({"type": "http.response.start", "status": 204, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b""})
