"""The stand-in's state as the rest of the sandbox sees it."""

from typing import Any

from sandbox.stripe import shapes
from sandbox.stripe.payments.closing import end_overdue
from sandbox.stripe.records import Event, PaymentIntent
from sandbox.stripe.store import Store


class StripeState(Store):
    """Everything the stand-in knows, in memory."""

    def reset(self) -> None:
        """Forget everything but the registered webhook endpoints."""
        self.empty()

    def tick(self) -> None:
        """Let happen what the clock makes happen: old authorisations end."""
        end_overdue(self)

    async def close(self) -> None:
        """Stop delivering."""
        await self.courier.close()

    def books(self) -> dict[str, Any]:
        """What Stripe would know, JSON-ready; instants in Unix seconds, amounts in minor units.

        `amount_refunded` counts captured money that went back, `net` what the merchant keeps.
        """
        self.tick()
        return {
            "payment_intents": [_intent_entry(intent) for intent in self.intents.values()],
            "refunds": [shapes.refund(refund) for refund in self.refunds.values()],
            "customers": [shapes.customer(known) for known in self.customers.values()],
            "events": [_event_entry(event) for event in self.events.values()],
            "webhook_endpoints": [
                shapes.webhook_endpoint(endpoint) for endpoint in self.webhooks.values()
            ],
            "held_deliveries": len(self.courier.held),
        }


def _intent_entry(intent: PaymentIntent) -> dict[str, Any]:
    charge = intent.latest_charge
    returned = charge.returned if charge else 0
    error = intent.last_payment_error
    return {
        "id": intent.id,
        "status": str(intent.status),
        "amount": intent.amount,
        "currency": intent.currency,
        "amount_capturable": intent.amount_capturable,
        "amount_received": intent.amount_received,
        "amount_refunded": returned,
        "net": intent.amount_received - returned,
        "capture_method": intent.capture_method,
        "customer": intent.customer,
        "metadata": dict(intent.metadata),
        "created": intent.created,
        "capture_before": charge and charge.capture_before,
        "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.cancellation_reason,
        "latest_charge": charge and charge.id,
        "last_error_code": error and error["code"],
    }


def _event_entry(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.kind,
        "object": event.object_id,
        "created": event.created,
        "pending_webhooks": event.pending,
    }
