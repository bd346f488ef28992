"""What reaches Stripe, and how each kind of answer is sorted."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.errors import (
    Malformed,
    NotSent,
    OutcomeUnknown,
    Refused,
    Unauthorised,
    UpstreamError,
)
from clients.secret_versions import Fixed
from clients.stripe.errors import StoredFailure, StripeRefused
from clients.stripe.http_client import connect
from clients.stripe.keys import StripeKeys
from clients.stripe.models import intent_of
from clients.stripe.read import StripeReads
from clients.stripe.write import StripeWrites
from clients.transport import open_transport

URL = "http://stripe.test"
Handler = Callable[[httpx.Request], httpx.Response]

INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "requires_payment_method",
    "client_secret": "pi_1_secret_x",
    "customer": "cus_1",
    "metadata": {"booking_id": "b1"},
}

KEYS = Fixed(StripeKeys("sk_test_composed", ()))


@asynccontextmanager
async def stripe_at(handler: Handler) -> AsyncIterator[tuple[StripeReads, StripeWrites]]:
    wire = httpx.MockTransport(handler)
    async with open_transport("stripe", URL, timeout_seconds=2, wire=wire) as transport:
        sdk = connect(transport, url=URL, keys=KEYS)
        yield StripeReads(sdk), StripeWrites(sdk)


def answering(status: int, body: Any, headers: dict[str, str] | None = None) -> Handler:
    return lambda _request: httpx.Response(status, json=body, headers=headers)


def refusal(status: int, **error: Any) -> Handler:
    return answering(status, {"error": error})


async def capture(handler: Handler) -> None:
    async with stripe_at(handler) as (_, writes):
        await writes.capture("pi_1", key="b1:capture")


async def test_an_intent_is_made_for_manual_capture_under_our_key() -> None:
    seen: list[httpx.Request] = []

    def upstream(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=INTENT)

    async with stripe_at(upstream) as (_, writes):
        made = await writes.create_intent(
            amount=1250, currency="SGD", customer_id="cus_1", booking_id="b1", key="b1:intent"
        )

    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", f"{URL}/v1/payment_intents")
    assert request.headers["idempotency-key"] == "b1:intent"
    assert request.headers["authorization"] == "Bearer sk_test_composed"
    assert parse_qs(request.content.decode()) == {
        "amount": ["1250"],
        "currency": ["sgd"],
        "customer": ["cus_1"],
        "capture_method": ["manual"],
        "automatic_payment_methods[enabled]": ["true"],
        "automatic_payment_methods[allow_redirects]": ["never"],
        "metadata[booking_id]": ["b1"],
    }
    assert (made.id, made.client_secret, made.booking_id) == ("pi_1", "pi_1_secret_x", "b1")


async def test_nothing_about_this_machine_is_told() -> None:
    seen: list[httpx.Request] = []

    def upstream(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=INTENT, headers={"Request-Id": "req_1"})

    async with stripe_at(upstream) as (reads, _):
        await reads.intent("pi_1")
        await reads.intent("pi_1")

    for request in seen:
        assert request.headers["user-agent"] == "como-club-bff"
        assert not [name for name in request.headers if name.startswith("x-stripe-client")]


async def test_a_notice_of_stripes_is_not_printed_as_a_warning() -> None:
    async with stripe_at(answering(200, INTENT, {"Stripe-Notice": "hello"})) as (reads, _):
        assert (await reads.intent("pi_1")).id == "pi_1"


async def test_an_ephemeral_key_is_made_in_the_apps_version() -> None:
    seen: list[httpx.Request] = []

    def upstream(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "ephkey_1", "secret": "ek_1"})

    async with stripe_at(upstream) as (_, writes):
        made = await writes.create_ephemeral_key(
            customer_id="cus_1", stripe_version="2024-06-20", key="k"
        )

    assert seen[0].headers["stripe-version"] == "2024-06-20"
    assert made.secret == "ek_1"
    assert "ek_1" not in repr(made)


async def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    seen: list[str] = []

    def upstream(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(200, json=INTENT)

    async with stripe_at(upstream) as (reads, _):
        with pytest.raises(Malformed, match="not the id asked for"):
            await reads.intent("../customers/cus_1?x=1")

    assert seen == ["/v1/payment_intents/..%2Fcustomers%2Fcus_1%3Fx%3D1?expand[0]=latest_charge"]


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (refusal(401, type="invalid_request_error"), Unauthorised),
        (refusal(403, type="invalid_request_error"), Refused),
        (refusal(400, type="invalid_request_error", code="parameter_missing"), Refused),
        (refusal(402, type="card_error", code="card_declined"), Refused),
        (refusal(400, type="idempotency_error"), Refused),
        (refusal(409, type="idempotency_error"), OutcomeUnknown),
        (refusal(424, type="api_error"), OutcomeUnknown),
        (refusal(500, type="api_error"), OutcomeUnknown),
        (refusal(503, type="api_error"), OutcomeUnknown),
        (refusal(429, type="invalid_request_error", code="lock_timeout"), NotSent),
        (refusal(400, type="invalid_request_error", code="rate_limit"), NotSent),
        (answering(400, [1, 2]), Refused),
        (answering(200, []), OutcomeUnknown),
        (answering(200, {"object": "payment_intent"}), OutcomeUnknown),
        (lambda _: httpx.Response(200, content=b"<html>"), OutcomeUnknown),
        (lambda _: httpx.Response(502, content=b"<html>"), OutcomeUnknown),
    ],
)
async def test_every_answer_to_a_write_is_sorted(
    handler: Handler, kind: type[UpstreamError]
) -> None:
    with pytest.raises(kind) as caught:
        await capture(handler)
    assert not isinstance(caught.value, NotSent) or kind is NotSent


async def test_no_connection_means_not_sent_and_a_time_out_means_unknown() -> None:
    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(NotSent):
        await capture(refused)
    with pytest.raises(OutcomeUnknown):
        await capture(slow)


async def test_the_sdk_does_not_try_again_by_itself() -> None:
    calls = 0

    def upstream(_request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(500, json={}, headers={"stripe-should-retry": "true"})

    with pytest.raises(OutcomeUnknown):
        await capture(upstream)
    assert calls == 1


async def test_a_rate_limit_says_when_to_come_back() -> None:
    with pytest.raises(NotSent) as caught:
        await capture(answering(429, {"error": {}}, {"retry-after": "7"}))
    assert caught.value.retry_after_seconds == 7


async def test_a_refusal_shows_its_code_and_the_intent_but_no_message() -> None:
    handler = refusal(
        402,
        type="card_error",
        code="card_declined",
        decline_code="insufficient_funds",
        message="Jenny Rosen's card ...",
        payment_intent={**INTENT, "status": "succeeded"},
    )
    with pytest.raises(StripeRefused) as caught:
        await capture(handler)

    assert (caught.value.status, caught.value.code) == (402, "card_declined")
    assert caught.value.decline_code == "insufficient_funds"
    assert caught.value.intent is not None
    assert caught.value.intent.status == "succeeded"
    assert "Jenny" not in str(caught.value)


async def test_a_refusal_without_a_code_gives_its_type() -> None:
    with pytest.raises(StripeRefused) as caught:
        await capture(refusal(400, type="idempotency_error"))
    assert caught.value.code == "idempotency_error"


@pytest.mark.parametrize("status", [400, 402, 500])
async def test_a_failure_repeated_from_the_store_is_no_news(status: int) -> None:
    with pytest.raises(StoredFailure):
        await capture(answering(status, {"error": {}}, {"Idempotent-Replayed": "true"}))


async def test_an_unreadable_read_is_malformed() -> None:
    async with stripe_at(answering(200, {"object": "payment_intent"})) as (reads, _):
        with pytest.raises(Malformed):
            await reads.intent("pi_1")


@pytest.mark.parametrize("said", [18, None, "", "18", "pi_1", ["cus_1"]])
async def test_a_customer_under_no_name_of_stripes_is_asked_for_again(said: Any) -> None:
    async with stripe_at(answering(200, {"object": "customer", "id": said})) as (_, writes):
        with pytest.raises(OutcomeUnknown):
            await writes.create_customer(member_id="sub_1", key="k")


async def test_ids_are_left_out_of_an_operations_name() -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        await capture(refusal(500))
    assert caught.value.operation == "POST /v1/payment_intents/:id/capture"


def test_a_refund_shows_only_on_an_expanded_charge() -> None:
    assert _refunded("ch_1") is None
    assert _refunded(None) is None
    assert _refunded({"amount_captured": 100, "amount_refunded": 40, "refunded": False}) is False
    assert _refunded({"amount_captured": 100, "amount_refunded": 100}) is True
    assert _refunded({"refunded": True}) is True
    assert _refunded({"amount_captured": 0, "amount_refunded": 0}) is False


def _refunded(charge: Any) -> bool | None:
    intent = intent_of({**INTENT, "latest_charge": charge})
    assert intent is not None
    return intent.is_refunded


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = (
    *("id", "object", "status", "client_secret", "customer", "metadata"),
    *("last_payment_error", "latest_charge", "amount", "amount_details", "livemode"),
)


@settings(max_examples=60, deadline=None)
@given(body=st.dictionaries(st.sampled_from(FIELDS), JSON))
async def test_no_answer_whatever_crashes_a_read(body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    async with stripe_at(lambda _: httpx.Response(200, content=content)) as (reads, _):
        with suppress(UpstreamError):
            await reads.intent("pi_1")
