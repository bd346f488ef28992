"""What a test may change in the CRM behind its back."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import switches
from sandbox.inputs import one_of, only, read_object, texts
from sandbox.memberson.state import MembersonState


def routes(state: MembersonState) -> list[Route]:
    async def show(_: Request) -> Response:
        return JSONResponse(switches.shown(state.switches))

    async def switch(request: Request) -> Response:
        state.switches = switches.changed(state.switches, await read_object(request))
        return JSONResponse(switches.shown(state.switches))

    async def revoke(request: Request) -> Response:
        body = await read_object(request)
        only(body, ("which",))
        which = one_of(body.get("which", "all"), "which", ("all", "service", "profile"))
        if which in {"all", "service"}:
            state.revoke_tokens()
        if which in {"all", "profile"}:
            state.revoke_profile_tokens()
        return JSONResponse({"revoked": which})

    async def give_back(request: Request) -> Response:
        """What a clerk does in the CRM's own office, whether or not it offers a call for it."""
        back = state.give_back_by_hand(request.path_params["receipt_no"])
        return JSONResponse({"given_back": back})

    async def passwords(request: Request) -> Response:
        body = await read_object(request)
        only(body, ("accepted",))
        state.api_passwords = texts(body, "accepted")
        return JSONResponse({"accepted": len(state.api_passwords)})

    return [
        Route("/receipts/{receipt_no}/give-back", give_back, methods=["POST"]),
        Route("/passwords", passwords, methods=["POST"]),
        Route("/switches", show, methods=["GET"]),
        Route("/switches", switch, methods=["POST", "PATCH"]),
        Route("/revoke", revoke, methods=["POST"]),
    ]
