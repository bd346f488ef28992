"""The Stripe stand-in on real ports, as the SDK, a phone and a webhook receiver meet it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from sandbox.clock import SandboxClock
from sandbox.listener import Listener, bound
from sandbox.stripe import app, controls
from sandbox.stripe.courier import Courier
from sandbox.stripe.credentials import SECRET_KEY
from sandbox.stripe.state import StripeState

# A bound for what should happen at once, so that a failure is red and not a hang.
PATIENCE_SECONDS = 10
# Never used, since nothing here is https: httpx would spend 20 ms a client on one of its own.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(kw_only=True)
class Receiver:
    """A webhook endpoint; `refusals` are statuses that it answers before it says 200."""

    url: str = ""
    refusals: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: Request) -> Response:
        body, signature = await request.body(), request.headers.get("stripe-signature", "")
        async with self._more:
            self.received.append((body, signature))
            self._more.notify_all()
        return Response(status_code=self.refusals.pop(0) if self.refusals else 200)

    async def wait_for(self, count: int) -> list[tuple[bytes, str]]:
        async with asyncio.timeout(PATIENCE_SECONDS), self._more:
            await self._more.wait_for(lambda: len(self.received) >= count)
        return self.received


@dataclass(kw_only=True)
class Rig:
    url: str
    state: StripeState
    clock: SandboxClock
    sdk: stripe.StripeClient
    api: httpx.AsyncClient
    control: httpx.AsyncClient
    receiver: Receiver

    async def intent(self, **params: Any) -> stripe.PaymentIntent:
        """A new PaymentIntent of 120.00 SGD, captured by hand."""
        wanted = {"amount": 12000, "currency": "sgd", "capture_method": "manual"} | params
        return await self.sdk.v1.payment_intents.create_async(wanted)  # type: ignore[arg-type]

    async def authorised(self, **params: Any) -> stripe.PaymentIntent:
        intent = await self.intent(**params)
        return await self.sdk.v1.payment_intents.confirm_async(
            intent.id, {"payment_method": "pm_card_visa"}
        )

    async def captured(self, **params: Any) -> stripe.PaymentIntent:
        intent = await self.authorised(**params)
        return await self.sdk.v1.payment_intents.capture_async(intent.id)

    async def order(self, path: str, **fields: Any) -> Any:
        """A call of the control port that must succeed."""
        answer = await self.control.post(f"/stripe{path}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listen(self, **fields: Any) -> Receiver:
        await self.order("/webhook", url=self.receiver.url, **fields)
        return self.receiver


@asynccontextmanager
async def running_stripe() -> AsyncIterator[Rig]:
    stripe.enable_telemetry = False
    clock = SandboxClock()
    state = StripeState(clock)
    # Real delays are for real outages.
    state.courier = Courier(clock, retry_delays=(0.01, 0.01, 0.01))
    receiver = Receiver()
    bearer = {"authorization": f"Bearer {SECRET_KEY}"}
    hook = Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])
    control = Starlette(routes=[Mount("/stripe", routes=controls.routes(state))])
    async with (
        served(app.build(state, clock)) as url,
        served(control) as control_url,
        served(hook) as hook_url,
        httpx.AsyncClient(base_url=url, headers=bearer, verify=NO_TLS) as api,
        httpx.AsyncClient(base_url=control_url, verify=NO_TLS) as controls_client,
        stripe_sdk(url) as sdk,
    ):
        receiver.url = f"{hook_url}/hook"
        yield Rig(
            url=url,
            state=state,
            clock=clock,
            sdk=sdk,
            api=api,
            control=controls_client,
            receiver=receiver,
        )


@asynccontextmanager
async def stripe_sdk(url: str) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient()
    try:
        yield stripe.StripeClient(
            SECRET_KEY, base_addresses={"api": url}, http_client=http, max_network_retries=0
        )
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def served(asgi: ASGIApp) -> AsyncIterator[str]:
    """The address of `asgi` on a free port."""
    listener = Listener(asgi, bound("127.0.0.1", 0, "port"))
    await listener.start()
    try:
        yield listener.url
    finally:
        await listener.stop()
