"""What a test may do to the pool without signing in."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import switches
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.state import CognitoState
from sandbox.cognito.users import User, read_attributes
from sandbox.inputs import BadInput, number, only, read_object, text


def routes(state: CognitoState) -> list[Route]:
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
        return JSONResponse(_issued(state, await read_object(request)))

    return [
        Route("/switches", show, methods=["GET"]),
        Route("/switches", switch, methods=["POST", "PATCH"]),
        Route("/keys/rotate", rotate, methods=["POST"]),
        Route("/keys/retire", retire, methods=["POST"]),
        Route("/token", token, methods=["POST"]),
    ]


def _issued(state: CognitoState, body: dict[str, Any]) -> dict[str, Any]:
    """Tokens of a new session for `username`, who is made if unknown."""
    only(body, ("username", "attributes", "seconds"))
    user = _user(state, text(body, "username"), body.get("attributes", {}))
    # Below zero: a token that is over already.
    seconds = number(body["seconds"], "seconds", smallest=-1e9) if "seconds" in body else None
    return {"sub": user.sub, **state.sign_in(user, lifetime=seconds)}


def _user(state: CognitoState, username: str, attributes: Any) -> User:
    if not isinstance(attributes, dict):
        raise BadInput("attributes must be an object")
    pairs = [{"Name": name, "Value": value} for name, value in attributes.items()]
    try:
        wanted = read_attributes(pairs)
    except CognitoError as error:
        raise BadInput(error.message) from error
    user = state.users.known(username) or state.users.create(username, {}, state.now())
    user.attributes |= wanted
    user.status = "CONFIRMED"
    return user
