"""What we make Stripe do; only a gateway may import this.

Every call takes the idempotency `key` under which Stripe does it once. Keys are one space for the
whole account: one key for two endpoints, or with other parameters, is refused (CONFIRMED).
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stripe

from clients.parsing import Record
from clients.stripe.http_client import reading, unreadable
from clients.stripe.models import (
    EphemeralKey,
    Intent,
    Refund,
    customer_id_of,
    ephemeral_key_of,
    intent_of,
    refund_of,
)

T = TypeVar("T")


class StripeWrites:
    """Errors of every call: NotSent, OutcomeUnknown, StripeRefused, Unauthorised."""

    def __init__(self, sdk: stripe.StripeClient) -> None:
        self._sdk = sdk.v1

    async def create_customer(self, *, member_id: str, key: str) -> str:
        """The customer's id.

        Nothing but our member id is sent: a name changed between two calls with one key would
        make Stripe refuse the second.
        """
        made = self._sdk.customers.create_async(
            {"metadata": {"member_id": member_id}}, {"idempotency_key": key}
        )
        return await _read("create customer", made, customer_id_of)

    async def create_intent(
        self, *, amount: int, currency: str, customer_id: str, booking_id: str, key: str
    ) -> Intent:
        """A PaymentIntent that reserves on the card and takes nothing until it is captured.

        `amount` in Stripe's units of `currency`, see `clients.stripe.amounts`.
        """
        made = self._sdk.payment_intents.create_async(
            {
                "amount": amount,
                "currency": currency.lower(),
                "customer": customer_id,
                "capture_method": "manual",
                # A way to pay that leads to another site could not come back to the app.
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "metadata": {"booking_id": booking_id},
            },
            {"idempotency_key": key},
        )
        return await _read("create intent", made, intent_of)

    async def create_ephemeral_key(
        self, *, customer_id: str, stripe_version: str, key: str
    ) -> EphemeralKey:
        """A key for the app, valid for an hour, in the shape of the app's own Stripe version."""
        made = self._sdk.ephemeral_keys.create_async(
            {"customer": customer_id},
            {"idempotency_key": key, "stripe_version": stripe_version},
        )
        return await _read("create ephemeral key", made, ephemeral_key_of)

    async def capture(self, intent_id: str, *, key: str) -> Intent:
        done = self._sdk.payment_intents.capture_async(intent_id, {}, {"idempotency_key": key})
        return await _read("capture intent", done, intent_of)

    async def cancel(self, intent_id: str, *, key: str) -> Intent:
        done = self._sdk.payment_intents.cancel_async(intent_id, {}, {"idempotency_key": key})
        return await _read("cancel intent", done, intent_of)

    async def refund(self, intent_id: str, *, booking_id: str, key: str) -> Refund:
        """Give back all that is left of the charge; Stripe refuses a second whole refund."""
        made = self._sdk.refunds.create_async(
            {"payment_intent": intent_id, "metadata": {"booking_id": booking_id}},
            {"idempotency_key": key},
        )
        return await _read("refund intent", made, refund_of)


async def _read(
    operation: str,
    answer: Awaitable[stripe.StripeObject],
    parse: Callable[[Record], T | None],
) -> T:
    async with reading(operation, writes=True):
        found = parse((await answer).to_dict())
    if found is None:
        raise unreadable(operation, writes=True)
    return found
