"""The webhooks as a test orders them: held, let go in any order, sent again, forged."""

from collections.abc import Iterable
from typing import Any

from sandbox.stripe import shapes
from sandbox.stripe.courier import Delivery, Order
from sandbox.stripe.credentials import WEBHOOK_SECRET
from sandbox.stripe.orders import BadOrder, Fields, UnknownThing
from sandbox.stripe.records import Event, WebhookEndpoint
from sandbox.stripe.signature import Signing
from sandbox.stripe.state import StripeState
from sandbox.stripe.store import new_id

Json = dict[str, Any]


async def look(state: StripeState, _: Fields) -> Json:
    """Endpoints, what is held, and every try so far."""
    courier = state.courier
    return {
        "endpoints": [shapes.webhook_endpoint(each) for each in state.webhooks.values()],
        "holding": courier.holding,
        "held": [{"event": parcel.event, "type": parcel.kind} for parcel in courier.held],
        "deliveries": _entries(courier.deliveries),
    }


async def register(state: StripeState, fields: Fields) -> Json:
    """Send events to a url; one that is known already gets its new secret."""
    url = fields.text("url")
    if url is None or not url.startswith(("http://", "https://")):
        raise BadOrder("url is the address of the receiver, http or https")
    known = [each for each in state.webhooks.values() if each.url == url]
    endpoint = WebhookEndpoint(
        id=known[0].id if known else new_id("we"),
        created=state.now(),
        url=url,
        secret=fields.text("secret") or WEBHOOK_SECRET,
        events=tuple(fields.texts("events") or ("*",)),
    )
    state.webhooks[endpoint.id] = endpoint
    return shapes.webhook_endpoint(endpoint)


async def unregister(state: StripeState, _: Fields) -> Json:
    """Send events nowhere any more."""
    gone = [each.url for each in state.webhooks.values()]
    state.webhooks.clear()
    return {"removed": gone}


async def hold(state: StripeState, _: Fields) -> Json:
    """Keep what happens from now on until `release`."""
    state.courier.holding = True
    return {"holding": True}


async def release(state: StripeState, fields: Fields) -> Json:
    """Deliver what was held, one after another: as sent, in reverse, or shuffled by `seed`."""
    order = fields.one_of(Order, "order", Order.SENT)
    return {"deliveries": _entries(await state.courier.release(order, int(fields.number("seed"))))}


async def resend(state: StripeState, fields: Fields) -> Json:
    """Deliver an event once more, or `times`, with the signature that is ordered."""
    event = _event(state, fields)
    signing = fields.one_of(Signing, "signature", Signing.VALID)
    times = int(fields.number("times", 1))
    parcels = [
        state.parcel(event, endpoint, signing)
        for endpoint in state.webhooks.values()
        for _ in range(times)
    ]
    return {"deliveries": _entries(await state.courier.deliver(parcels))}


def _event(state: StripeState, fields: Fields) -> Event:
    """By id, or the last one of an object and a type."""
    event_id, subject, kind = fields.text("event"), fields.text("object"), fields.text("type")
    if event_id is None and subject is None:
        raise BadOrder("name an event, or an object and perhaps a type")
    for event in reversed(list(state.events.values())):
        named = event.id == event_id or event.object_id == subject
        if named and kind in (None, event.kind):
            return event
    raise UnknownThing("no such event")


def _entries(deliveries: Iterable[Delivery]) -> list[Json]:
    return [
        {
            "event": delivery.event,
            "type": delivery.kind,
            "url": delivery.url,
            "status": delivery.status,
            "attempt": delivery.attempt,
        }
        for delivery in deliveries
    ]
