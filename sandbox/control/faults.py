"""Switching faults on and off."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.desk import Desk
from sandbox.inputs import BadInput, only, read_object


def routes(desk: Desk) -> list[Route]:
    async def show(_: Request) -> Response:
        return JSONResponse(
            {
                "faults": [fault.shown() for fault in desk.board.all()],
                "late_writes_waiting": {
                    name: network.late.waiting for name, network in desk.networks.items()
                },
            }
        )

    async def add(request: Request) -> Response:
        body = await read_object(request)
        if body.get("kind") == "revoke":
            return JSONResponse(_revoked(desk, body), 201)
        added = [desk.board.add(one.name, body).shown() for one in desk.named(body.get("upstream"))]
        await desk.align()
        return JSONResponse({"faults": added}, 201)

    async def clear(request: Request) -> Response:
        name = request.query_params.get("upstream")
        desk.board.clear(None if name in {None, "*"} else desk.stand_in(name).name)
        await desk.align()
        return Response(status_code=204)

    async def remove(request: Request) -> Response:
        known = desk.board.remove(request.path_params["id"])
        await desk.align()
        return Response(status_code=204 if known else 404)

    return [
        Route("/faults", show, methods=["GET"]),
        Route("/faults", add, methods=["POST"]),
        Route("/faults", clear, methods=["DELETE"]),
        Route("/faults/{id:int}", remove, methods=["DELETE"]),
    ]


def _revoked(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """`revoke` happens once, now: there is nothing to take away later."""
    only(body, ("upstream", "kind"))
    name = body.get("upstream")
    able = [one for one in desk.named(name) if one.revoke is not None]
    if not able:
        raise BadInput(f"{name} has no tokens to revoke")
    for one in able:
        if one.revoke is not None:
            one.revoke()
    return {"revoked": [one.name for one in able]}
