"""What the stand-in says to requests that are wrong, and to all that is no PaymentIntent."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe

from sandbox.stripe.credentials import PUBLISHABLE_KEY, SECRET_KEY
from tests.stripe_rig import Rig, running_stripe

INTENT = {"amount": "12000", "currency": "sgd"}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running_stripe() as running:
        yield running


@pytest.mark.parametrize("authorization", ["", "Bearer sk_test_wrong", "Basic !!", "Digest x"])
async def test_without_the_secret_key_everything_is_401(rig: Rig, authorization: str) -> None:
    answer = await rig.api.get("/v1/customers", headers={"authorization": authorization})
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert "sk_test_wrong" not in answer.text


async def test_the_secret_key_is_taken_as_basic_user_too(rig: Rig) -> None:
    auth = httpx.BasicAuth(SECRET_KEY, "")
    async with httpx.AsyncClient(base_url=rig.url, auth=auth) as api:
        assert (await api.get("/v1/customers")).status_code == 200


async def test_a_phone_reaches_only_its_intent(rig: Rig) -> None:
    intent, other = await rig.intent(), await rig.intent()
    phone = {"authorization": f"Bearer {PUBLISHABLE_KEY}"}
    secret = {"client_secret": str(intent.client_secret)}
    own, foreign = f"/v1/payment_intents/{intent.id}", f"/v1/payment_intents/{other.id}"
    assert (await rig.api.get(own, params=secret, headers=phone)).status_code == 200
    assert (await rig.api.get(foreign, params=secret, headers=phone)).status_code == 404
    assert (await rig.api.get(own, headers=phone)).status_code == 400
    assert (await rig.api.post(f"{own}/capture", headers=phone)).status_code == 403
    paid = await rig.api.post(
        f"{own}/confirm", data={**secret, "payment_method": "pm_card_visa"}, headers=phone
    )
    assert paid.json()["status"] == "requires_capture"


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"amount": "12000"}, "parameter_missing", "currency"),
        ({"currency": "sgd"}, "parameter_missing", "amount"),
        (INTENT | {"colour": "red"}, "parameter_unknown", "colour"),
        (INTENT | {"payment_method_types[]": "card"}, "parameter_unknown", "payment_method_types"),
        (
            INTENT | {"automatic_payment_methods[on]": "true"},
            "parameter_unknown",
            "automatic_payment_methods[on]",
        ),
        (INTENT | {"amount": "120.5"}, "parameter_invalid_integer", "amount"),
        (INTENT | {"amount": "-1"}, "parameter_invalid_integer", "amount"),
        (INTENT | {"amount": "49"}, "amount_too_small", "amount"),
        (INTENT | {"amount": "123456789"}, "amount_too_large", "amount"),
        (INTENT | {"currency": "doubloon"}, None, "currency"),
        (INTENT | {"customer": "cus_none"}, "resource_missing", "customer"),
        (INTENT | {"customer": ""}, "parameter_invalid_empty", "customer"),
        (INTENT | {"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        (INTENT | {"capture_method": "later"}, None, "capture_method"),
        (INTENT | {"metadata[k]": "v" * 501}, None, "metadata[k]"),
        (INTENT | {"metadata": "text"}, None, "metadata"),
        ({"currency": "sgd", "amount[a]": "1"}, "parameter_invalid_integer", "amount"),
        (INTENT | {"amount[a]": "1"}, None, "amount"),
        (INTENT | {"expand[]": "secrets"}, None, "expand"),
    ],
)
async def test_a_bad_parameter_is_named_and_nothing_is_made(
    rig: Rig, form: dict[str, str], code: str | None, param: str
) -> None:
    answer = await rig.api.post("/v1/payment_intents", data=form)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["type"], error.get("code"), error["param"]) == (
        "invalid_request_error",
        code,
        param,
    )
    assert answer.headers["request-id"] in error["request_log_url"]
    assert rig.state.intents == {}


@pytest.mark.parametrize(
    ("amount", "currency", "status"),
    [("50", "jpy", 200), ("49", "jpy", 400), ("1000000000", "idr", 200), ("150", "isk", 400)],
)
async def test_amounts_are_whole_minor_units_of_their_currency(
    rig: Rig, amount: str, currency: str, status: int
) -> None:
    form = {"amount": amount, "currency": currency}
    assert (await rig.api.post("/v1/payment_intents", data=form)).status_code == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("DELETE", "/v1/payment_intents"), ("GET", "/")],
)
async def test_an_unknown_url_is_404(rig: Rig, method: str, path: str) -> None:
    answer = await rig.api.request(method, path)
    assert answer.status_code == 404
    assert "Unrecognized request URL" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    ["payment_intents/x", "customers/x", "charges/x", "refunds/x", "events/x", "payment_methods/x"],
)
async def test_an_unknown_id_is_resource_missing(rig: Rig, path: str) -> None:
    answer = await rig.api.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


async def test_refunds_return_what_was_captured_and_no_more(rig: Rig) -> None:
    intent, refunds = await rig.captured(), rig.sdk.v1.refunds
    part = await refunds.create_async({"payment_intent": intent.id, "amount": 5000})
    assert (part.status, part.amount) == ("succeeded", 5000)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as over:
        await refunds.create_async({"payment_intent": intent.id, "amount": 7001})
    assert over.value.param == "amount"
    rest = await refunds.create_async({"charge": str(intent.latest_charge)})
    assert rest.amount == 7000
    with pytest.raises(stripe.InvalidRequestError) as again:
        await refunds.create_async({"payment_intent": intent.id})
    assert again.value.code == "charge_already_refunded"

    read = await rig.sdk.v1.payment_intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
    assert isinstance(read.latest_charge, stripe.Charge)
    assert (read.latest_charge.refunded, read.latest_charge.amount_refunded) == (True, 12000)
    listed = await refunds.list_async({"payment_intent": intent.id})
    assert [refund.id for refund in listed.data] == [rest.id, part.id]
    [entry] = rig.state.books()["payment_intents"]
    assert (entry["amount_received"], entry["amount_refunded"], entry["net"]) == (12000, 12000, 0)


@pytest.mark.parametrize("params", [{}, {"payment_intent": "pi_none"}, {"charge": "ch_none"}])
async def test_a_refund_needs_a_charge(rig: Rig, params: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await rig.sdk.v1.refunds.create_async(params)  # type: ignore[arg-type]
    assert refusal.value.http_status == 400


async def test_an_authorisation_is_no_charge_to_refund(rig: Rig) -> None:
    intent = await rig.authorised()
    with pytest.raises(stripe.InvalidRequestError):
        await rig.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    assert rig.state.refunds == {}


async def test_customers_are_found_by_their_exact_email(rig: Rig) -> None:
    customers = rig.sdk.v1.customers
    made = await customers.create_async({"email": "mei@example.com", "metadata": {"member": "7"}})
    await customers.create_async({"email": "ann@example.com"})
    found = await customers.list_async({"email": "mei@example.com"})
    assert [customer.id for customer in found.data] == [made.id]
    assert (await customers.list_async({"email": "MEI@example.com"})).data == []
    changed = await customers.update_async(made.id, {"name": "Mei"})
    assert (changed.name, changed.email) == ("Mei", "mei@example.com")
    await customers.delete_async(made.id)
    assert (await customers.list_async({"email": "mei@example.com"})).data == []


async def test_an_ephemeral_key_is_bound_to_a_customer_and_a_version(rig: Rig) -> None:
    customer = await rig.sdk.v1.customers.create_async({})
    key = await rig.sdk.v1.ephemeral_keys.create_async(
        {"customer": customer.id}, {"stripe_version": "2024-06-20"}
    )
    assert key.secret is not None
    assert key.secret.startswith("ek_test_")
    assert key.expires == key.created + 3600
    form = {"customer": customer.id}
    assert (await rig.api.post("/v1/ephemeral_keys", data=form)).status_code == 400
    version = {"stripe-version": "yesterday"}
    answer = await rig.api.post("/v1/ephemeral_keys", data=form, headers=version)
    assert answer.status_code == 400


async def test_lists_come_newest_first_in_pages(rig: Rig) -> None:
    made = [(await rig.intent()).id for _ in range(5)]
    first = await rig.sdk.v1.payment_intents.list_async({"limit": 2})
    assert first.has_more
    walked = [intent.id async for intent in first.auto_paging_iter()]
    assert walked == made[::-1]
    newer = await rig.sdk.v1.payment_intents.list_async({"limit": 2, "ending_before": made[0]})
    assert [intent.id for intent in newer.data] == [made[2], made[1]]
    rig.clock.advance(60)
    late = await rig.intent()
    since = await rig.sdk.v1.payment_intents.list_async({"created": {"gte": late.created}})
    assert [intent.id for intent in since.data] == [late.id]


async def test_a_list_refuses_a_bad_limit_and_an_unknown_cursor(rig: Rig) -> None:
    for query in ({"limit": "101"}, {"limit": "0"}, {"starting_after": "pi_none"}):
        answer = await rig.api.get("/v1/payment_intents", params=query)
        assert answer.status_code == 400


async def test_objects_are_expanded_in_place_of_their_ids(rig: Rig) -> None:
    customer = await rig.sdk.v1.customers.create_async({"email": "mei@example.com"})
    intent = await rig.captured(customer=customer.id)
    paths = ["customer", "payment_method", "latest_charge.payment_intent"]
    read = (await rig.sdk.v1.payment_intents.retrieve_async(intent.id, {"expand": paths})).to_dict()
    assert read["customer"]["email"] == "mei@example.com"
    assert read["payment_method"]["card"]["last4"] == "4242"
    assert read["latest_charge"]["payment_intent"]["id"] == intent.id
    listed = await rig.api.get("/v1/payment_intents", params={"expand[]": "data.customer"})
    assert listed.json()["data"][0]["customer"]["id"] == customer.id


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/pay", b"[]", 400),
        ("/pay", b"{", 400),
        ("/pay", b"{}", 400),
        ("/pay", b'{"payment_intent": "pi_none", "card": "visa"}', 404),
        ("/webhook", b'{"url": "ftp://x"}', 400),
        ("/webhook/resend", b'{"event": "evt_none"}', 404),
        ("/webhook/release", b'{"order": "sideways"}', 400),
        ("/slow", b'{"seconds": "long"}', 400),
        ("/break", b'{"when": "now"}', 400),
    ],
)
async def test_a_bad_order_is_told_in_one_sentence(
    rig: Rig, path: str, body: bytes, status: int
) -> None:
    answer = await rig.control.post(f"/stripe{path}", content=body)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_an_unknown_test_card_is_a_bad_order(rig: Rig) -> None:
    intent = await rig.intent()
    fields = {"payment_intent": intent.id, "card": "4111111111111111"}
    answer = await rig.control.post("/stripe/pay", json=fields)
    assert answer.status_code == 400
