"""Payment methods and charges as Stripe writes them."""

from typing import Any

from sandbox.stripe.cards import Card
from sandbox.stripe.records import Charge, PaymentMethod
from sandbox.stripe.shapes import EMPTY_ADDRESS, listing, refund

Json = dict[str, Any]

_CHECKS: Json = {
    "address_line1_check": None,
    "address_postal_code_check": None,
    "cvc_check": "pass",
}


def _billing_details() -> Json:
    return {
        "address": dict(EMPTY_ADDRESS),
        "email": None,
        "name": None,
        "phone": None,
        "tax_id": None,
    }


def _fingerprint(card: Card) -> str:
    return f"sandbox{int(card.number) % 10**9:09d}"


def payment_method(method: PaymentMethod) -> Json:
    card = method.card
    return {
        "id": method.id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": _billing_details(),
        "card": {
            "brand": card.brand,
            "checks": dict(_CHECKS),
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": 8,
            "exp_year": 2034,
            "fingerprint": _fingerprint(card),
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": card.brand != "amex"},
            "wallet": None,
        },
        "created": method.created,
        "customer": method.customer,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def _outcome(attempt: Charge) -> Json:
    refusal = attempt.payment_method.card.refusal
    if attempt.succeeded or refusal is None:
        status, kind, reason = "approved_by_network", "authorized", None
        message = "Payment complete."
    else:
        status, kind = "declined_by_network", "issuer_declined"
        reason = refusal.decline_code or refusal.code
        message = "The bank did not return any further details with this decline."
    return {
        "advice_code": None if attempt.succeeded else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None if attempt.succeeded else "01",
        "network_status": status,
        "reason": reason,
        "seller_message": message,
        "type": kind,
    }


def _charged_card(attempt: Charge) -> Json:
    card = attempt.payment_method.card
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": f"3ds_{attempt.id}",
        "version": "2.2.0",
    }
    return {
        "amount_authorized": attempt.amount if attempt.succeeded else None,
        "authorization_code": "000000" if attempt.succeeded else None,
        "brand": card.brand,
        "capture_before": attempt.capture_before,
        "checks": dict(_CHECKS),
        "country": card.country,
        "exp_month": 8,
        "exp_year": 2034,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": _fingerprint(card),
        "funding": card.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {
            "maximum_amount_capturable": attempt.amount,
            "status": "unavailable",
        },
        "regulated_status": "unregulated",
        "three_d_secure": secure if attempt.authenticated else None,
        "transaction_link_id": None,
        "wallet": None,
    }


def charge(attempt: Charge) -> Json:
    refusal = None if attempt.succeeded else attempt.payment_method.card.refusal
    back = attempt.returned + attempt.released
    return {
        "id": attempt.id,
        "object": "charge",
        "amount": attempt.amount,
        "amount_captured": attempt.amount_captured,
        "amount_refunded": back,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": f"txn_{attempt.id[3:]}" if attempt.captured else None,
        "billing_details": _billing_details(),
        "calculated_statement_descriptor": "COMO CLUB",
        "captured": attempt.captured,
        "created": attempt.created,
        "currency": attempt.currency,
        "customer": attempt.customer,
        "description": attempt.description,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": refusal and refusal.code,
        "failure_message": refusal and refusal.message,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(attempt.metadata),
        "on_behalf_of": None,
        "outcome": _outcome(attempt),
        "paid": attempt.succeeded,
        "payment_intent": attempt.payment_intent,
        "payment_method": attempt.payment_method.id,
        "payment_method_details": {"card": _charged_card(attempt), "type": "card"},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": attempt.succeeded and back == attempt.amount,
        "refunds": listing(f"/v1/charges/{attempt.id}/refunds", map(refund, attempt.refunds)),
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if attempt.succeeded else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }
