"""Calls of the control port that play what Stripe's API has no call for."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.stripe import mobile, outbox
from sandbox.stripe.cards import find_card
from sandbox.stripe.errors import StripeError
from sandbox.stripe.mobile import Challenge, Payment
from sandbox.stripe.orders import BadOrder, Fields, UnknownThing
from sandbox.stripe.payments.confirming import finish_processing
from sandbox.stripe.records import PaymentIntent
from sandbox.stripe.state import StripeState

Json = dict[str, Any]
Play = Callable[[StripeState, Fields], Awaitable[Json]]


async def _pay(state: StripeState, fields: Fields) -> Json:
    """The guest pays with a card; a refusal is an answer too, in `error`."""
    intent, named = _intent(state, fields), fields.text("card")
    card = find_card(named) if named else None
    if named and card is None:
        raise BadOrder(f"no test card is called {named}")
    payment = Payment(
        card=card,
        challenge=fields.one_of(Challenge, "three_d_secure", Challenge.PASS),
        settles_later=fields.flag("processing"),
    )
    return mobile.pay(state, intent, payment)


async def _settle(state: StripeState, fields: Fields) -> Json:
    """A payment that was left in processing comes to its end."""
    intent = _intent(state, fields)
    try:
        finish_processing(state, intent)
    except StripeError as refusal:
        return mobile.outcome(intent, refusal)
    return mobile.outcome(intent)


def _intent(state: StripeState, fields: Fields) -> PaymentIntent:
    name = fields.text("client_secret") or fields.text("payment_intent")
    if name is None:
        raise BadOrder("name a payment_intent or a client_secret")
    intent = mobile.find_intent(state, name)
    if intent is None:
        raise UnknownThing("no such payment intent")
    return intent


async def _slow_down(state: StripeState, fields: Fields) -> Json:
    """Real seconds that every call executes for, its idempotency key in use meanwhile."""
    state.execution_seconds = fields.number("seconds")
    return {"seconds": state.execution_seconds}


async def _break(state: StripeState, fields: Fields) -> Json:
    """The next POSTs answer 500, kept under their keys, before or after they did their work."""
    when = fields.text("when") or "after"
    if when not in ("before", "after"):
        raise BadOrder("when is before or after")
    state.breakdowns.extend([when] * int(fields.number("times", 1)))
    return {"breakdowns": list(state.breakdowns)}


async def _keys(state: StripeState, fields: Fields) -> Json:
    """The secret keys that are taken from now on."""
    accepted = fields.texts("accepted")
    if accepted is None:
        raise BadOrder("accepted is a list of texts")
    state.secret_keys = tuple(accepted)
    return {"accepted": len(accepted)}


_PLAYS: tuple[tuple[str, str, Play], ...] = (
    ("POST", "/pay", _pay),
    ("POST", "/settle", _settle),
    ("POST", "/keys", _keys),
    ("POST", "/slow", _slow_down),
    ("POST", "/break", _break),
    ("GET", "/webhook", outbox.look),
    ("POST", "/webhook", outbox.register),
    ("DELETE", "/webhook", outbox.unregister),
    ("POST", "/webhook/hold", outbox.hold),
    ("POST", "/webhook/release", outbox.release),
    ("POST", "/webhook/resend", outbox.resend),
)


def routes(state: StripeState) -> list[Route]:
    """To be mounted under /stripe. Bodies are JSON objects; `{"error": ...}` comes with 4xx."""
    return [Route(path, _served(state, play), methods=[method]) for method, path, play in _PLAYS]


def _served(state: StripeState, play: Play) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            fields = Fields(await _object(request))
            return JSONResponse(await play(state, fields))
        except BadOrder as bad:
            return JSONResponse({"error": str(bad)}, 400)
        except UnknownThing as unknown:
            return JSONResponse({"error": str(unknown)}, 404)

    return serve


async def _object(request: Request) -> Json:
    body = await request.body()
    try:
        fields = json.loads(body or b"{}")
    except ValueError as bad:
        raise BadOrder("the body is not JSON") from bad
    if not isinstance(fields, dict):
        raise BadOrder("the body is not a JSON object")
    return fields
