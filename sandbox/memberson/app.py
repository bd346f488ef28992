"""The CRM's routes."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.memberson import errors, points, sessions
from sandbox.memberson.state import MembersonState
from sandbox.memberson.wire import endpoint, refused


def build(state: MembersonState, clock: SandboxClock) -> Starlette:
    """The app; `clock` is the one that `state` was made with."""
    del clock
    routes = [
        ("POST", "/api/user/authenticate", sessions.authenticate),
        ("POST", "/api/profile/search-simple", sessions.search_simple),
        ("POST", "/api/profile/{cn}/signin", sessions.sign_in),
        ("GET", "/api/profile/{cn}", sessions.profile),
        ("GET", "/api/profile/{cn}/summary", sessions.summary),
        ("GET", "/api/profile/{cn}/memberships", sessions.memberships),
        ("GET", "/api/type/conversion-rate", points.conversion_rate),
        ("POST", "/api/transaction/redeem-point", points.redeem),
        # PROPOSED: the public record has neither of these two.
        ("POST", "/api/transaction/cancel-redeem-point", points.cancel),
        ("GET", "/api/member/{mn}/transactions", points.transactions),
    ]

    async def no_route(_: Request, __: Exception) -> Response:
        return refused(state, errors.no_such_call())

    return Starlette(
        routes=[
            Route(path, endpoint(state, handler), methods=[method])
            for method, path, handler in routes
        ],
        exception_handlers={HTTPException: no_route},
    )
