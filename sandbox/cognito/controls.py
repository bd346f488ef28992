"""What a test may do to the pool without signing in."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import switches
from sandbox.cognito.state import USERNAME_PREFIX, CognitoState
from sandbox.cognito.users import User
from sandbox.inputs import BadInput, number, only, read_object, text

# Each member's email as it is now, by customer number.
Emails = Callable[[], Mapping[str, str]]


def routes(state: CognitoState, emails: Emails) -> list[Route]:
    async def show(_: Request) -> Response:
        return JSONResponse(switches.shown(state.switches))

    async def switch(request: Request) -> Response:
        state.switches = switches.changed(state.switches, await read_object(request))
        return JSONResponse(switches.shown(state.switches))

    async def rotate(_: Request) -> Response:
        # Two keys take a while to find: not on the loop that answers everybody.
        kids = await asyncio.to_thread(state.keys.rotate)
        return JSONResponse({"signing": kids})

    async def retire(_: Request) -> Response:
        return JSONResponse({"retired": state.keys.retire()})

    async def token(request: Request) -> Response:
        return JSONResponse(_issued(state, emails(), await read_object(request)))

    return [
        Route("/switches", show, methods=["GET"]),
        Route("/switches", switch, methods=["POST", "PATCH"]),
        Route("/keys/rotate", rotate, methods=["POST"]),
        Route("/keys/retire", retire, methods=["POST"]),
        Route("/token", token, methods=["POST"]),
    ]


def _issued(state: CognitoState, emails: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Tokens of a new session for a user, who is made if unknown."""
    only(body, ("username", "customer_number", "email", "seconds"))
    # Below zero: a token that is over already.
    seconds = number(body["seconds"], "seconds", smallest=-1e9) if "seconds" in body else None
    user = _user(state, *_named(emails, body))
    return {"sub": user.sub, **state.sign_in(user, lifetime=seconds)}


def _named(emails: Mapping[str, str], body: dict[str, Any]) -> tuple[str, str | None]:
    """User name and email of the one meant by username, customer_number or email."""
    if "username" in body:
        return text(body, "username"), None
    key = "customer_number" if "customer_number" in body else "email"
    wanted = text(body, key)
    for customer_number, email in emails.items():
        if wanted == (customer_number if key == "customer_number" else email):
            return f"{USERNAME_PREFIX}{customer_number}", email
    raise BadInput(f"no seeded member has that {key}; give a username for anybody else")


def _user(state: CognitoState, username: str, email: str | None) -> User:
    user = state.users.known(username) or state.users.create(username, {}, state.now())
    if email is not None:
        user.attributes |= {"email": email, "email_verified": "true"}
    user.status = "CONFIRMED"
    return user
