"""Every property that stripe/openapi's fixtures show is in the stand-in's objects."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from sandbox.stripe.credentials import API_VERSION
from tests.stripe_rig import Rig, running_stripe

# From stripe/openapi, openapi/fixtures3.json (MIT).
PROPERTIES = {
    "payment_intent": (
        "amount amount_capturable amount_details amount_received application "
        "application_fee_amount automatic_payment_methods canceled_at cancellation_reason "
        "capture_method client_secret confirmation_method created currency customer "
        "customer_account description excluded_payment_method_types id last_payment_error "
        "latest_charge livemode managed_payments metadata next_action object on_behalf_of "
        "payment_method payment_method_configuration_details payment_method_options "
        "payment_method_types processing receipt_email review setup_future_usage shipping "
        "source statement_descriptor statement_descriptor_suffix status transfer_data "
        "transfer_group"
    ),
    "customer": (
        "address balance created currency default_source delinquent description discount email "
        "id invoice_prefix invoice_settings livemode metadata name next_invoice_sequence object "
        "phone preferred_locales shipping tax_exempt test_clock"
    ),
    "refund": (
        "amount balance_transaction charge created currency customer customer_account "
        "destination_details id metadata object payment_intent payment_method reason "
        "receipt_number source_transfer_reversal status transfer_reversal"
    ),
    "event": ("api_version created data id livemode object pending_webhooks request type"),
    "ephemeral_key": ("created expires id livemode object"),
    "payment_method": (
        "allow_redisplay billing_details card created customer customer_account id livemode "
        "metadata object type"
    ),
    "charge": (
        "amount amount_captured amount_refunded application application_fee "
        "application_fee_amount balance_transaction billing_details "
        "calculated_statement_descriptor captured created currency customer description "
        "disputed failure_balance_transaction failure_code failure_message fraud_details id "
        "livemode metadata object on_behalf_of outcome paid payment_intent payment_method "
        "payment_method_details receipt_email receipt_number receipt_url refunded refunds "
        "review shipping source source_transfer statement_descriptor "
        "statement_descriptor_suffix status transfer_data transfer_group"
    ),
    "webhook_endpoint": (
        "api_version application created description enabled_events id livemode metadata object "
        "status url"
    ),
}
CHARGED_CARD = (
    "amount_authorized authorization_code brand checks country exp_month exp_year "
    "extended_authorization fingerprint funding incremental_authorization installments "
    "last4 mandate multicapture network network_token network_transaction_id overcapture "
    "regulated_status three_d_secure transaction_link_id wallet"
)
PAYING_CARD = (
    "brand checks country display_brand exp_month exp_year fingerprint funding "
    "generated_from last4 networks regulated_status three_d_secure_usage wallet"
)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running_stripe() as running:
        yield running


async def objects(rig: Rig) -> dict[str, dict[str, Any]]:
    """One of each kind, as a merchant reads it."""
    customer = (await rig.api.post("/v1/customers", data={"email": "mei@example.com"})).json()
    intent = await rig.captured(customer=customer["id"])
    refund = await rig.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    hook = {"url": rig.receiver.url, "enabled_events[]": "*"}
    version = {"stripe-version": API_VERSION}
    found = {
        "customer": customer,
        "ephemeral_key": (
            await rig.api.post(
                "/v1/ephemeral_keys", data={"customer": customer["id"]}, headers=version
            )
        ).json(),
        "webhook_endpoint": (await rig.api.post("/v1/webhook_endpoints", data=hook)).json(),
        "event": (await rig.api.get("/v1/events")).json()["data"][0],
    }
    for kind, path in {
        "payment_intent": f"payment_intents/{intent.id}",
        "charge": f"charges/{intent.latest_charge}",
        "payment_method": f"payment_methods/{intent.payment_method}",
        "refund": f"refunds/{refund.id}",
    }.items():
        found[kind] = (await rig.api.get(f"/v1/{path}")).json()
    return found


def lacking(names: str, properties: Mapping[str, Any]) -> set[str]:
    return set(names.split()) - properties.keys()


async def test_no_property_of_the_fixtures_is_lacking(rig: Rig) -> None:
    found = await objects(rig)
    assert {kind: lacking(names, found[kind]) for kind, names in PROPERTIES.items()} == {
        kind: set() for kind in PROPERTIES
    }
    assert {kind: each["object"] for kind, each in found.items()} == {kind: kind for kind in found}
    charged = found["charge"]["payment_method_details"]["card"]
    assert lacking(CHARGED_CARD, charged) == set()
    assert lacking(PAYING_CARD, found["payment_method"]["card"]) == set()


async def test_the_books_tell_of_every_object(rig: Rig) -> None:
    found = await objects(rig)
    books = rig.state.books()
    [intent] = books["payment_intents"]
    assert intent["id"] == found["payment_intent"]["id"]
    assert (intent["status"], intent["amount_refunded"], intent["net"]) == ("succeeded", 12000, 0)
    assert [refund["id"] for refund in books["refunds"]] == [found["refund"]["id"]]
    assert [customer["id"] for customer in books["customers"]] == [found["customer"]["id"]]
    assert found["event"]["id"] in {event["id"] for event in books["events"]}
