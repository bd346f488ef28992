"""Stripe tells us that a payment moved: check, write down, wake the booking, answer.

The booking then looks at the PaymentIntent itself, so that order and repetition of events do not
matter. Nothing here asks an upstream.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bff.booking.ports import Ledger, Wakeups
from bff.clock import Clock
from clients.stripe.webhooks import BadEvent, BadSignature, Event, event, verify

# Stripe's largest events are some tens of kilobytes.
MAX_BODY_BYTES = 256 * 1024
# Whatever else Stripe is set up to send is none of ours, even where it names a booking.
_OURS = ("payment_intent.", "charge.", "refund.")

log = logging.getLogger(__name__)


class _TooLarge(Exception):
    """More than any event of Stripe's."""


def stripe_webhook(
    ledger: Ledger, wakeups: Wakeups, clock: Clock, secrets: Callable[[], Sequence[str]]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for `POST`; `secrets` tells those of the webhook, several during a rotation."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await _bounded(request)
            verify(body, request.headers.get("stripe-signature", ""), secrets(), clock.now())
            told = event(body)
        except _TooLarge:
            return Response(status_code=413)
        except (BadSignature, BadEvent, ClientDisconnect) as bad:
            log.warning("stripe webhook refused", extra={"reason": type(bad).__name__})
            return Response(status_code=400)
        if told.booking_id is None or not told.type.startswith(_OURS):
            return Response(status_code=200)
        return await _record(told, told.booking_id)

    async def _record(told: Event, booking_id: str) -> Response:
        try:
            await ledger.record_event(told.id, booking_id, clock.now())
        except Exception as failure:  # noqa: BLE001 - whatever it is, Stripe has to send it again
            log.warning("stripe webhook not recorded", extra={"reason": type(failure).__name__})
            return Response(status_code=503)
        try:
            await wakeups.wake(booking_id)
        except Exception as failure:  # noqa: BLE001 - the booking is due, so the sweep finds it
            log.warning("stripe webhook woke nobody", extra={"reason": type(failure).__name__})
        return Response(status_code=202)

    return endpoint


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise _TooLarge
    return bytes(body)
