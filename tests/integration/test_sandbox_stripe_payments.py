"""The life of a PaymentIntent at the stand-in, driven by Stripe's own SDK."""

from collections.abc import AsyncIterator

import pytest
import stripe

from sandbox.stripe.payments.confirming import AUTHORISATION_SECONDS
from tests.stripe_rig import Rig, running_stripe


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running_stripe() as running:
        yield running


async def test_an_authorised_intent_holds_the_money_until_it_is_captured(rig: Rig) -> None:
    intent = await rig.intent(metadata={"booking_id": "b-1"})
    assert intent.status == "requires_payment_method"

    paid = await rig.order("/pay", client_secret=intent.client_secret, card="4242 4242 4242 4242")
    assert (paid["status"], paid["error"]) == ("requires_capture", None)
    held = await rig.sdk.v1.payment_intents.retrieve_async(intent.id)
    assert (held.amount_capturable, held.amount_received) == (12000, 0)

    taken = await rig.sdk.v1.payment_intents.capture_async(intent.id)
    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 12000)
    assert taken.metadata.to_dict() == {"booking_id": "b-1"}


async def test_automatic_capture_takes_the_money_at_once(rig: Rig) -> None:
    intent = await rig.intent(
        capture_method="automatic", payment_method="pm_card_visa", confirm=True
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 12000)


async def test_a_payment_method_alone_leaves_the_intent_to_be_confirmed(rig: Rig) -> None:
    intent = await rig.intent(payment_method="pm_card_visa")
    assert intent.status == "requires_confirmation"
    confirmed = await rig.sdk.v1.payment_intents.confirm_async(intent.id)
    assert confirmed.status == "requires_capture"


async def test_a_partial_capture_lets_the_rest_go(rig: Rig) -> None:
    intent = await rig.authorised()
    taken = await rig.sdk.v1.payment_intents.capture_async(
        intent.id, {"amount_to_capture": 9000, "expand": ["latest_charge"]}
    )
    charge = taken.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (taken.amount_received, charge.amount_captured) == (9000, 9000)
    with pytest.raises(stripe.InvalidRequestError):
        await rig.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 9001})


async def test_no_more_than_the_authorised_amount_is_captured(rig: Rig) -> None:
    intent = await rig.authorised()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await rig.sdk.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 12001})
    assert (refusal.value.code, refusal.value.param) == ("amount_too_large", "amount_to_capture")
    assert rig.state.intents[intent.id].amount_capturable == 12000


async def test_a_second_capture_is_an_unexpected_state(rig: Rig) -> None:
    intent = await rig.captured()
    with pytest.raises(stripe.InvalidRequestError, match="already been captured") as refusal:
        await rig.sdk.v1.payment_intents.capture_async(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert refusal.value.error is not None
    assert refusal.value.error.payment_intent is not None
    assert refusal.value.error.payment_intent.id == intent.id


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
async def test_a_refused_card_is_a_402_and_another_card_may_be_tried(
    rig: Rig, card: str, code: str, decline_code: str | None
) -> None:
    intent = await rig.intent()
    with pytest.raises(stripe.CardError) as refusal:
        await rig.sdk.v1.payment_intents.confirm_async(intent.id, {"payment_method": card})
    assert refusal.value.http_status == 402
    assert refusal.value.code == code
    assert refusal.value.error is not None
    error = refusal.value.error.to_dict()
    assert error.get("decline_code") == decline_code
    assert error["payment_intent"]["status"] == "requires_payment_method"

    left = await rig.sdk.v1.payment_intents.retrieve_async(intent.id)
    assert (left.status, left.payment_method) == ("requires_payment_method", None)
    assert left.last_payment_error is not None
    assert left.last_payment_error.code == code

    again = await rig.sdk.v1.payment_intents.confirm_async(
        intent.id, {"payment_method": "pm_card_visa"}
    )
    assert (again.status, again.last_payment_error) == ("requires_capture", None)


async def test_three_d_secure_waits_for_the_guest(rig: Rig) -> None:
    intent = await rig.intent()
    asked = await rig.sdk.v1.payment_intents.confirm_async(
        intent.id,
        {"payment_method": "pm_card_threeDSecure2Required", "return_url": "https://app.example"},
    )
    assert asked.status == "requires_action"
    assert asked.next_action is not None
    assert asked.next_action.type == "redirect_to_url"

    passed = await rig.order("/pay", payment_intent=intent.id)
    assert passed["status"] == "requires_capture"
    charge = await rig.sdk.v1.charges.retrieve_async(passed["payment_intent"]["latest_charge"])
    card = charge.to_dict()["payment_method_details"]["card"]
    assert card["three_d_secure"]["result"] == "authenticated"


async def test_a_failed_challenge_wants_another_payment_method(rig: Rig) -> None:
    intent = await rig.intent()
    failed = await rig.order(
        "/pay", payment_intent=intent.id, card="three_d_secure", three_d_secure="fail"
    )
    assert failed["status"] == "requires_payment_method"
    assert failed["error"]["code"] == "payment_intent_authentication_failure"


async def test_an_abandoned_challenge_can_be_taken_up_again(rig: Rig) -> None:
    intent = await rig.intent()
    left = await rig.order(
        "/pay", payment_intent=intent.id, card="three_d_secure", three_d_secure="abandon"
    )
    assert (left["status"], left["error"]) == ("requires_action", None)
    assert (await rig.order("/pay", payment_intent=intent.id))["status"] == "requires_capture"


async def test_an_issuer_may_decline_after_three_d_secure(rig: Rig) -> None:
    intent = await rig.intent()
    paid = await rig.order("/pay", payment_intent=intent.id, card="4000 0084 0000 1629")
    assert paid["status"] == "requires_payment_method"
    assert paid["error"]["decline_code"] == "generic_decline"


async def test_without_the_guest_three_d_secure_is_a_decline(rig: Rig) -> None:
    intent = await rig.intent()
    with pytest.raises(stripe.CardError) as refusal:
        await rig.sdk.v1.payment_intents.confirm_async(
            intent.id, {"payment_method": "pm_card_authenticationRequired", "off_session": True}
        )
    assert refusal.value.code == "authentication_required"


async def test_what_is_not_captured_can_be_cancelled(rig: Rig) -> None:
    fresh, authorised = await rig.intent(), await rig.authorised()
    challenged = await rig.intent()
    await rig.order(
        "/pay", payment_intent=challenged.id, card="three_d_secure", three_d_secure="abandon"
    )
    for intent in (fresh, authorised, challenged):
        gone = await rig.sdk.v1.payment_intents.cancel_async(
            intent.id, {"cancellation_reason": "requested_by_customer"}
        )
        assert (gone.status, gone.amount_capturable) == ("canceled", 0)
        assert gone.cancellation_reason == "requested_by_customer"


async def test_captured_money_is_not_cancelled(rig: Rig) -> None:
    intent = await rig.captured()
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded") as refusal:
        await rig.sdk.v1.payment_intents.cancel_async(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"


async def test_a_cancelled_intent_takes_no_card(rig: Rig) -> None:
    intent = await rig.intent()
    await rig.sdk.v1.payment_intents.cancel_async(intent.id)
    paid = await rig.order("/pay", payment_intent=intent.id, card="visa")
    assert paid["status"] == "canceled"
    assert paid["error"]["code"] == "payment_intent_unexpected_state"


async def test_an_authorisation_ends_after_seven_days_by_the_clock(rig: Rig) -> None:
    intent = await rig.authorised()
    rig.clock.advance(AUTHORISATION_SECONDS - 60)
    assert rig.state.books()["payment_intents"][0]["status"] == "requires_capture"
    rig.clock.advance(60)
    ended = await rig.sdk.v1.payment_intents.retrieve_async(intent.id)
    assert (ended.status, ended.cancellation_reason) == ("canceled", "automatic")
    with pytest.raises(stripe.InvalidRequestError):
        await rig.sdk.v1.payment_intents.capture_async(intent.id)


async def test_a_processing_payment_ends_when_it_is_told_to(rig: Rig) -> None:
    intent = await rig.intent()
    paid = await rig.order("/pay", payment_intent=intent.id, card="visa", processing=True)
    assert paid["status"] == "processing"
    with pytest.raises(stripe.InvalidRequestError):
        await rig.sdk.v1.payment_intents.cancel_async(intent.id)
    settled = await rig.order("/settle", payment_intent=intent.id)
    assert settled["status"] == "requires_capture"


async def test_metadata_is_merged_and_an_empty_value_takes_its_key_away(rig: Rig) -> None:
    intent = await rig.captured(metadata={"booking_id": "b-1", "old": "x"})
    changed = await rig.sdk.v1.payment_intents.update_async(
        intent.id, {"metadata": {"old": "", "step": "capture"}}
    )
    assert changed.metadata.to_dict() == {"booking_id": "b-1", "step": "capture"}


async def test_the_amount_is_fixed_once_it_is_authorised(rig: Rig) -> None:
    open_intent, held = await rig.intent(), await rig.authorised()
    changed = await rig.sdk.v1.payment_intents.update_async(open_intent.id, {"amount": 500})
    assert changed.amount == 500
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await rig.sdk.v1.payment_intents.update_async(held.id, {"amount": 500})
    assert refusal.value.code == "payment_intent_unexpected_state"


async def test_a_phone_needs_the_secret_of_the_intent(rig: Rig) -> None:
    intent = await rig.intent()
    answer = await rig.control.post(
        "/stripe/pay", json={"client_secret": f"{intent.id}_secret_guessed", "card": "visa"}
    )
    assert answer.status_code == 404
    assert rig.state.intents[intent.id].status == "requires_payment_method"
