"""The stand-in as an ASGI application; its paths hang directly under the root."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router

from sandbox.sevenrooms import replies
from sandbox.sevenrooms.endpoints import (
    auth,
    availability,
    bookings,
    pictures,
    requests,
    venues,
)
from sandbox.sevenrooms.state import Clock, SevenRoomsState


def build(state: SevenRoomsState, clock: Clock) -> Starlette:
    """`clock` must be the state's own; both are named so that every stand-in is built alike."""

    async def refuse(_: Request, error: Exception) -> Response:
        status, msg = (
            (error.status_code, error.detail)
            if isinstance(error, HTTPException)
            else (500, "Error")
        )
        return replies.refuse(status, msg, replies.trace_id(clock.now().timestamp()))

    modules = (auth, venues, availability, bookings, requests, pictures)
    app = Starlette(
        routes=[route for module in modules for route in module.routes(state)],
        exception_handlers={HTTPException: refuse},
    )
    # A path with a slash too many is an unknown path, not a redirect.
    router: Router = app.router
    router.redirect_slashes = False
    return app
