"""Records as Stripe writes them: every property of stripe/openapi's fixtures is present."""

import json
from typing import Any

from sandbox.stripe.credentials import API_VERSION
from sandbox.stripe.records import (
    Customer,
    Event,
    PaymentIntent,
    Refund,
    WebhookEndpoint,
)

Json = dict[str, Any]

EMPTY_ADDRESS: Json = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}


def customer(known: Customer) -> Json:
    if known.deleted:
        return {"id": known.id, "object": "customer", "deleted": True}
    return {
        "id": known.id,
        "object": "customer",
        "address": known.address and EMPTY_ADDRESS | known.address,
        "balance": 0,
        "created": known.created,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": known.description,
        "discount": None,
        "email": known.email,
        "invoice_prefix": known.id[-7:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": dict(known.metadata),
        "name": known.name,
        "next_invoice_sequence": 1,
        "phone": known.phone,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def payment_intent(intent: PaymentIntent) -> Json:
    automatic = intent.automatic_payment_methods is not None
    return {
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": intent.amount_capturable,
        "amount_details": {"tip": {}},
        "amount_received": intent.amount_received,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": intent.automatic_payment_methods,
        "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": intent.capture_method,
        "client_secret": intent.client_secret,
        "confirmation_method": intent.confirmation_method,
        "created": intent.created,
        "currency": intent.currency,
        "customer": intent.customer,
        "customer_account": None,
        "description": intent.description,
        "excluded_payment_method_types": None,
        "last_payment_error": intent.last_payment_error,
        "latest_charge": intent.latest_charge and intent.latest_charge.id,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": dict(intent.metadata),
        "next_action": intent.next_action,
        "on_behalf_of": None,
        "payment_method": intent.payment_method and intent.payment_method.id,
        "payment_method_configuration_details": (
            {"id": "pmc_sandbox", "parent": None} if automatic else None
        ),
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": intent.receipt_email,
        "review": None,
        "setup_future_usage": intent.setup_future_usage,
        "shipping": intent.shipping,
        "source": None,
        "statement_descriptor": intent.statement_descriptor,
        "statement_descriptor_suffix": intent.statement_descriptor_suffix,
        "status": str(intent.status),
        "transfer_data": None,
        "transfer_group": intent.transfer_group,
    }


def refund(given: Refund) -> Json:
    return {
        "id": given.id,
        "object": "refund",
        "amount": given.amount,
        "balance_transaction": f"txn_{given.id[3:]}",
        "charge": given.charge,
        "created": given.created,
        "currency": given.currency,
        "customer": given.customer,
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": dict(given.metadata),
        "payment_intent": given.payment_intent,
        "payment_method": None,
        "reason": given.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def event(happened: Event) -> Json:
    return {
        "id": happened.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": happened.created,
        "data": {"object": json.loads(happened.snapshot)},
        "livemode": False,
        "pending_webhooks": happened.pending,
        "request": {"id": happened.request_id, "idempotency_key": happened.idempotency_key},
        "type": happened.kind,
    }


def webhook_endpoint(endpoint: WebhookEndpoint) -> Json:
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": list(endpoint.events),
        "livemode": False,
        "metadata": dict(endpoint.metadata),
        "status": "enabled",
        "url": endpoint.url,
    }


def listing(url: str, data: Any, *, has_more: bool = False) -> Json:
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}
