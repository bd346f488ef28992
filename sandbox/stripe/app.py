"""The stand-in's web application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.stripe.answering import Endpoint, error_response
from sandbox.stripe.endpoints import (
    customers,
    events,
    payment_intents,
    payment_methods,
    refunds,
)
from sandbox.stripe.errors import unknown_url
from sandbox.stripe.state import StripeState
from sandbox.stripe.store import new_id

OPERATIONS = (
    *payment_intents.OPERATIONS,
    *customers.OPERATIONS,
    *refunds.OPERATIONS,
    *events.OPERATIONS,
    *payment_methods.OPERATIONS,
)
# How soon, in real seconds, an authorisation that the clock has ended shows in a webhook.
TICK_SECONDS = 0.5


def build(state: StripeState, clock: SandboxClock) -> Starlette:
    """Stripe's API over `state`, which keeps `clock`."""
    if state.clock is not clock:
        raise ValueError("the state must keep the clock that its application is given")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(state))
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            await state.close()

    return Starlette(
        routes=[
            Route(operation.path, Endpoint(state, operation), methods=[operation.method])
            for operation in OPERATIONS
        ],
        exception_handlers={HTTPException: _unknown_url},
        lifespan=lifespan,
    )


async def _tick(state: StripeState) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        state.tick()


async def _unknown_url(request: Request, _: Exception) -> Response:
    return error_response(unknown_url(request.method, request.url.path), new_id("req"))
