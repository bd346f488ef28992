"""Pictures of the seed, drawn when first asked for. No token: phones load them."""

import functools

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox import pictures
from sandbox.sevenrooms import replies
from sandbox.sevenrooms.state import SevenRoomsState

_WIDTHS = range(1, 2401)
_HEADERS = {"cache-control": "public, max-age=86400", "access-control-allow-origin": "*"}


def routes(state: SevenRoomsState) -> list[BaseRoute]:
    async def picture(request: Request) -> Response:
        known = state.pictures.get(request.path_params["name"])
        if known is None:
            return replies.refuse(404, "Not found", replies.trace_id(state.now().timestamp()))
        body = _drawn(known.name, known.scene, known.light, _width(request))
        return Response(body, media_type="image/svg+xml", headers=_HEADERS)

    return [Route("/pictures/{name}.svg", picture, methods=["GET"])]


def _width(request: Request) -> int:
    text = request.query_params.get("width", "")
    width = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0  # noqa: PLR2004
    return width if width in _WIDTHS else pictures.WIDTH


@functools.lru_cache(maxsize=500)
def _drawn(name: str, scene: str, light: str, width: int) -> bytes:
    return pictures.draw(name, scene, light, width=width).encode()
