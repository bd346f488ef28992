"""What a worker answers: whether it is alive, and its figures. Nothing of the API."""

import asyncio
import contextlib
import datetime as dt
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bff.endpoints.metrics import metrics
from bff.wiring.house import House

# The worker looks for what is due each second; one that has not for so long is stuck.
STUCK_AFTER = dt.timedelta(seconds=60)


def build_door(house: House) -> Starlette:
    async def livez(_request: Request) -> JSONResponse:
        turned = house.worker.turned_at
        stuck = turned is not None and house.clock.now() - turned > STUCK_AFTER
        return JSONResponse(
            {"status": "stuck" if stuck else "alive"},
            status_code=503 if stuck else 200,
            headers={"cache-control": "no-store"},
        )

    return Starlette(
        routes=[Route("/livez", livez), Route("/metrics", metrics(house.figures.page))]
    )


@contextlib.asynccontextmanager
async def open_door(house: House, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        build_door(house),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="door")
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the worker's."""
        yield
