"""The figures, for a collector that asks this copy itself."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bff.metrics import CONTENT_TYPE


def metrics(text: Callable[[], Awaitable[str]]) -> Callable[[Request], Awaitable[Response]]:
    """404 for what came through a proxy: how we are doing is nobody's business out there."""

    async def endpoint(request: Request) -> Response:
        if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
            return PlainTextResponse("Not Found", status_code=404)
        return Response(
            await text(), media_type=CONTENT_TYPE, headers={"cache-control": "no-store"}
        )

    return endpoint
