"""The figures, for a collector that asks this copy itself."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Page = Callable[[str], Awaitable[tuple[bytes, str]]]


def metrics(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """404 for what came through a proxy: how we are doing is nobody's business out there."""

    async def endpoint(request: Request) -> Response:
        if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
            return PlainTextResponse("Not Found", status_code=404)
        body, media_type = await page(request.headers.get("accept", ""))
        headers = {"content-type": media_type, "cache-control": "no-store"}
        return Response(body, headers=headers)

    return endpoint
