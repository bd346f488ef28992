"""The control port: what is in the books, what goes wrong, and what time it is."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox.control import faults
from sandbox.control.desk import Desk
from sandbox.control.overview import as_html, overview
from sandbox.control.seeding import seed_members
from sandbox.inputs import BadInput, number, only, read_object
from sandbox.memberson.state import MembersonState

Endpoint = Callable[[Request], Awaitable[Response]]
# A century either way; beyond that dates end.
_FARTHEST_SECONDS = 100 * 365 * 24 * 3600.0


def build(desk: Desk, environment: dict[str, str]) -> Starlette:
    routes: list[BaseRoute] = [
        *_books(desk),
        *_time(desk),
        *_calls(desk),
        *_members(desk),
        *faults.routes(desk),
        *[Mount(f"/{one.name}", routes=one.controls) for one in desk.stand_ins],
    ]

    async def index(request: Request) -> Response:
        page = overview(desk, routes, environment)
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(as_html(page))
        return JSONResponse(page)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def reset(_: Request) -> Response:
        await desk.reset()
        return JSONResponse({"status": "reset"})

    routes += [
        Route("/", index, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/reset", reset, methods=["POST"]),
    ]
    return Starlette(
        routes=routes,
        exception_handlers={BadInput: _bad_input, HTTPException: _http_error},
    )


def _books(desk: Desk) -> list[Route]:
    async def all_books(_: Request) -> Response:
        return JSONResponse({one.name: one.state.books() for one in desk.stand_ins})

    async def one_book(request: Request) -> Response:
        return JSONResponse(desk.stand_in(request.path_params["upstream"]).state.books())

    return [
        Route("/books", all_books, methods=["GET"]),
        Route("/books/{upstream}", one_book, methods=["GET"]),
    ]


def _time(desk: Desk) -> list[Route]:
    def shown() -> Response:
        return JSONResponse(
            {"now": desk.clock.now().isoformat(), "offset_seconds": desk.clock.offset_seconds}
        )

    async def show(_: Request) -> Response:
        return shown()

    async def move(request: Request) -> Response:
        body = await read_object(request)
        only(body, ("advance_seconds",))
        far = _FARTHEST_SECONDS
        seconds = number(body.get("advance_seconds"), "advance_seconds", -far, far)
        number(desk.clock.offset_seconds + seconds, "the clock's offset", -far, far)
        desk.clock.advance(seconds)
        return shown()

    return [Route("/clock", show, methods=["GET"]), Route("/clock", move, methods=["POST"])]


def _calls(desk: Desk) -> list[Route]:
    async def show(request: Request) -> Response:
        asked = dict(request.query_params)
        only(asked, ("upstream", "method", "path"))
        calls = desk.calls.chosen(**asked)
        return JSONResponse({"count": len(calls), "calls": [call.shown() for call in calls]})

    async def forget(request: Request) -> Response:
        only(request.query_params, ("upstream",))
        desk.calls.clear(request.query_params.get("upstream", "*"))
        return Response(status_code=204)

    return [Route("/calls", show, methods=["GET"]), Route("/calls", forget, methods=["DELETE"])]


def _members(desk: Desk) -> list[Route]:
    async def seed(request: Request) -> Response:
        body = await read_object(request)
        only(body, ("members",))
        state = desk.stand_in("memberson").state
        assert isinstance(state, MembersonState)  # noqa: S101 - narrows the type
        members = seed_members(state, body.get("members"))
        return JSONResponse({"customer_numbers": [one.customer_number for one in members]})

    return [Route("/seed", seed, methods=["POST"])]


async def _bad_input(_: Request, problem: Exception) -> Response:
    return JSONResponse({"error": str(problem)}, 400)


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101 - narrows the type
    return JSONResponse(
        {"error": f"{request.method} {request.url.path}: {problem.detail}"}, problem.status_code
    )
