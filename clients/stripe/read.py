"""What we ask Stripe; nothing here changes anything there."""

import stripe

from clients.errors import Malformed
from clients.stripe.errors import UPSTREAM
from clients.stripe.http_client import reading
from clients.stripe.models import Intent, intent_of


class StripeReads:
    """Errors of every call: `clients.errors.UpstreamError`."""

    def __init__(self, sdk: stripe.StripeClient) -> None:
        self._sdk = sdk

    async def intent(self, intent_id: str) -> Intent:
        """A PaymentIntent with its charge, which alone knows of refunds."""
        operation = "retrieve intent"
        async with reading(operation, writes=False):
            answer = await self._sdk.v1.payment_intents.retrieve_async(
                intent_id, {"expand": ["latest_charge"]}
            )
            found = intent_of(answer.to_dict())
        if found is None or found.id != intent_id:
            raise Malformed(UPSTREAM, operation, "not the id asked for")
        return found
