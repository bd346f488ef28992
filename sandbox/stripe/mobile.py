"""The guest's phone: what Stripe's mobile SDK does with an intent's client secret."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.stripe import shapes
from sandbox.stripe.cards import Card
from sandbox.stripe.errors import StripeError
from sandbox.stripe.payments.confirming import authenticate, confirm
from sandbox.stripe.records import PaymentIntent, PaymentMethod, Status
from sandbox.stripe.state import StripeState
from sandbox.stripe.store import new_id


class Challenge(StrEnum):
    """What the guest does when the bank asks."""

    PASS = "pass"
    FAIL = "fail"
    ABANDON = "abandon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """`card` None goes on with a 3-D Secure challenge that was left open.

    With `settles_later` the intent stays in processing until it is told to settle.
    """

    card: Card | None
    challenge: Challenge = Challenge.PASS
    settles_later: bool = False


def find_intent(state: StripeState, name: str) -> PaymentIntent | None:
    """By id or by client secret."""
    intent = state.intents.get(name.split("_secret_", maxsplit=1)[0])
    if intent is None or name not in (intent.id, intent.client_secret):
        return None
    return intent


def pay(state: StripeState, intent: PaymentIntent, payment: Payment) -> dict[str, Any]:
    """How it went: the intent, and Stripe's error where the guest is told no."""
    state.tick()
    try:
        _play(state, intent, payment)
    except StripeError as refusal:
        return outcome(intent, refusal)
    return outcome(intent)


def _play(state: StripeState, intent: PaymentIntent, payment: Payment) -> None:
    if payment.card is not None:
        intent.settles_later = payment.settles_later
        method = PaymentMethod(
            id=new_id("pm"), created=state.now(), card=payment.card, customer=intent.customer
        )
        state.methods[method.id] = method
        confirm(state, intent, method)
    if payment.card is None or intent.status is Status.REQUIRES_ACTION:
        _answer_challenge(state, intent, payment.challenge)


def _answer_challenge(state: StripeState, intent: PaymentIntent, challenge: Challenge) -> None:
    if challenge is not Challenge.ABANDON:
        authenticate(state, intent, passed=challenge is Challenge.PASS)


def outcome(intent: PaymentIntent, refusal: StripeError | None = None) -> dict[str, Any]:
    error = None if refusal is None else dict(refusal.error)
    if error is not None:
        error.pop("payment_intent", None)
    return {
        "status": str(intent.status),
        "error": error,
        "payment_intent": shapes.payment_intent(intent),
    }
