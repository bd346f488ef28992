"""The stand-in's events: signed, tried again, held, let go in any order, sent twice, forged."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from sandbox.stripe.credentials import WEBHOOK_SECRET
from sandbox.stripe.payments.confirming import AUTHORISATION_SECONDS
from tests.stripe_rig import Receiver, Rig, running_stripe


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running_stripe() as running:
        yield running


def kinds(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for body, _ in receiver.received]


async def test_every_step_of_a_payment_is_told_signed(rig: Rig) -> None:
    receiver = await rig.listen()
    intent = await rig.captured(metadata={"booking_id": "b-1"})
    refund = await rig.sdk.v1.refunds.create_async({"payment_intent": intent.id})

    received = await receiver.wait_for(5)

    assert sorted(kinds(receiver)) == [
        "charge.refunded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.created",
        "payment_intent.succeeded",
        "refund.created",
    ]
    for body, signature in received:
        event = stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET)
        assert event.id in rig.state.events
    told = {json.loads(body)["type"]: json.loads(body)["data"]["object"] for body, _ in received}
    assert told["payment_intent.created"]["status"] == "requires_payment_method"
    assert told["payment_intent.succeeded"]["metadata"] == {"booking_id": "b-1"}
    assert told["refund.created"]["id"] == refund.id


async def test_a_decline_a_challenge_and_a_cancellation_are_told(rig: Rig) -> None:
    intent = await rig.intent()
    receiver = await rig.listen()
    await rig.order("/pay", payment_intent=intent.id, card="declined")
    await rig.order(
        "/pay", payment_intent=intent.id, card="three_d_secure", three_d_secure="abandon"
    )
    await rig.sdk.v1.payment_intents.cancel_async(intent.id)
    await receiver.wait_for(3)
    assert sorted(kinds(receiver)) == [
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
    ]


async def test_an_authorisation_that_ends_is_told_without_any_call(rig: Rig) -> None:
    await rig.authorised()
    receiver = await rig.listen(events=["payment_intent.canceled"])
    rig.clock.advance(AUTHORISATION_SECONDS)
    [(body, signature)] = await receiver.wait_for(1)
    event = stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET)
    assert event.to_dict()["data"]["object"]["cancellation_reason"] == "automatic"


async def test_an_event_names_the_request_that_caused_it(rig: Rig) -> None:
    intent = await rig.sdk.v1.payment_intents.create_async(
        {"amount": 12000, "currency": "sgd"}, {"idempotency_key": "b-1:open"}
    )
    [event] = (await rig.sdk.v1.events.list_async({"type": "payment_intent.*"})).data
    assert event.request is not None
    assert event.request.idempotency_key == "b-1:open"
    assert intent.last_response is not None
    assert event.request.id == intent.last_response.request_id


async def test_a_refused_delivery_is_tried_again(rig: Rig) -> None:
    receiver = await rig.listen()
    receiver.refusals = [500, 503]
    await rig.intent()
    received = await receiver.wait_for(3)
    assert len({json.loads(body)["id"] for body, _ in received}) == 1


async def test_an_event_stays_pending_until_its_receiver_takes_it(rig: Rig) -> None:
    receiver = await rig.listen()
    await rig.order("/webhook/hold")
    await rig.intent()
    assert [event["pending_webhooks"] for event in rig.state.books()["events"]] == [1]
    await rig.order("/webhook/release")
    assert len(receiver.received) == 1
    assert [event["pending_webhooks"] for event in rig.state.books()["events"]] == [0]


async def test_a_delivery_is_given_up_after_a_few_tries(rig: Rig) -> None:
    receiver = await rig.listen()
    receiver.refusals = [500] * 4
    await rig.intent()
    await receiver.wait_for(4)
    await rig.intent()
    await receiver.wait_for(5)
    tried = (await rig.control.get("/stripe/webhook")).json()["deliveries"]
    assert [delivery["attempt"] for delivery in tried[:4]] == [1, 2, 3, 4]
    assert len(receiver.received) == 5


async def test_a_receiver_that_is_down_costs_nothing_but_the_tries(rig: Rig) -> None:
    await rig.order("/webhook", url="http://127.0.0.1:9/hook")
    intent = await rig.intent()
    assert intent.status == "requires_payment_method"


@pytest.mark.parametrize(("order", "turned"), [("sent", False), ("reverse", True)])
async def test_held_events_come_in_the_order_that_is_asked_for(
    rig: Rig, order: str, *, turned: bool
) -> None:
    receiver = await rig.listen()
    await rig.order("/webhook/hold")
    await rig.captured()
    assert receiver.received == []
    released = await rig.order("/webhook/release", order=order)
    expected = [
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
    ]
    assert kinds(receiver) == (expected[::-1] if turned else expected)
    assert [delivery["status"] for delivery in released["deliveries"]] == [200, 200, 200]
    await rig.intent()
    await receiver.wait_for(4)


async def test_a_shuffle_is_the_same_for_the_same_seed(rig: Rig) -> None:
    receiver, orders = await rig.listen(), []
    for _ in range(2):
        receiver.received.clear()
        await rig.order("/webhook/hold")
        for _ in range(3):
            await rig.captured()
        await rig.order("/webhook/release", order="shuffled", seed=7)
        orders.append(kinds(receiver))
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])


async def test_an_event_is_sent_again_as_often_as_is_asked(rig: Rig) -> None:
    intent = await rig.intent()
    receiver = await rig.listen()
    await rig.order("/webhook/resend", object=intent.id, type="payment_intent.created", times=3)
    assert kinds(receiver) == ["payment_intent.created"] * 3
    assert len({body for body, _ in receiver.received}) == 1


@pytest.mark.parametrize("signature", ["wrong", "stale", "missing"])
async def test_a_forged_delivery_does_not_verify(rig: Rig, signature: str) -> None:
    intent = await rig.intent()
    receiver = await rig.listen()
    await rig.order("/webhook/resend", object=intent.id, signature=signature)
    [(body, header)] = receiver.received
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, WEBHOOK_SECRET)


async def test_an_endpoint_made_over_the_api_signs_with_the_secret_it_was_told(rig: Rig) -> None:
    made = await rig.sdk.v1.webhook_endpoints.create_async(
        {"url": rig.receiver.url, "enabled_events": ["payment_intent.created"]}
    )
    assert made.secret is not None
    await rig.authorised()
    [(body, signature)] = await rig.receiver.wait_for(1)
    assert stripe.Webhook.construct_event(body, signature, made.secret).id
    read = await rig.sdk.v1.webhook_endpoints.retrieve_async(made.id)
    assert "secret" not in read.to_dict()
    await rig.sdk.v1.webhook_endpoints.delete_async(made.id)
    assert rig.state.webhooks == {}


async def test_a_reset_keeps_the_endpoints_and_nothing_else(rig: Rig) -> None:
    receiver = await rig.listen()
    await rig.order("/webhook/hold")
    await rig.captured()
    rig.state.reset()
    books: dict[str, Any] = rig.state.books()
    assert [books[shelf] for shelf in ("payment_intents", "refunds", "customers", "events")] == [
        [],
        [],
        [],
        [],
    ]
    assert books["held_deliveries"] == 0
    await rig.intent()
    await receiver.wait_for(1)
    assert kinds(receiver) == ["payment_intent.created"]


async def test_signatures_keep_real_time_when_the_clock_is_moved(rig: Rig) -> None:
    receiver = await rig.listen()
    rig.clock.advance(-3600)
    await rig.intent()
    [(body, signature)] = await receiver.wait_for(1)
    assert stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET).id
