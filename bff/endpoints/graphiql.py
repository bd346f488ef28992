"""GraphiQL at /graphiql: our own build where there is one, else a page that loads it from a CDN.

`make graphiql` makes the build. Its policy lets the browser talk to this server alone and run
nothing that is written into the page; the CDN page's admits one CDN, each file pinned by its hash.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILD = Path(__file__).parents[2] / "graphiql" / "dist"
_CDN_PAGE = Path(__file__).parent / "graphiql_cdn"
_CDN = "https://cdn.jsdelivr.net"

# The editor writes its colours into style elements and attributes; it has no other way.
_POLICY = (
    "default-src 'none'; script-src 'self'{cdn}; style-src 'self' 'unsafe-inline'{cdn}; "
    "font-src 'self' data:{cdn}; img-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Asked for again each time, so that a new build is seen at once; its files' names change with them.
_PAGE_CACHE = "no-cache"
_ASSET_CACHE = "public, max-age=31536000, immutable"


class _Assets(StaticFiles):
    async def check_config(self) -> None:
        """The folder may be missing until somebody builds; then nothing is found in it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = _ASSET_CACHE
        return response


def graphiql_routes(build: Path = BUILD) -> list[BaseRoute]:
    """Routes for the page and its files; `build` may appear or change while we run."""

    async def page(_request: Request) -> Response:
        built = build / "index.html"
        is_built = built.is_file()
        return FileResponse(
            built if is_built else _CDN_PAGE / "index.html",
            headers={
                "cache-control": _PAGE_CACHE,
                "content-security-policy": _POLICY.format(cdn="" if is_built else f" {_CDN}"),
            },
        )

    async def icon(_request: Request) -> Response:
        drawn = build / "favicon.svg"
        return FileResponse(drawn) if drawn.is_file() else Response(status_code=404)

    return [
        Route("/graphiql", page),
        Route("/graphiql/favicon.svg", icon),
        Mount("/graphiql/assets", _Assets(directory=build / "assets", check_dir=False)),
        Mount("/graphiql/cdn", StaticFiles(directory=_CDN_PAGE)),
    ]
