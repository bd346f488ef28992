"""Paying: the guest's card is asked, through 3-D Secure where it wants that."""

import heapq
from typing import NoReturn

from sandbox.stripe import card_shapes, shapes
from sandbox.stripe.errors import card_refused, unexpected_state
from sandbox.stripe.payments.opening import UNPAID
from sandbox.stripe.records import Charge, PaymentIntent, PaymentMethod, Status
from sandbox.stripe.store import Store, new_id

# docs.stripe.com/payments/place-a-hold-on-a-payment-method: online card payments.
AUTHORISATION_SECONDS = 7 * 24 * 60 * 60

_GUEST_ABSENT = {
    "type": "card_error",
    "code": "authentication_required",
    "decline_code": "authentication_required",
    "message": "Your card was declined. This transaction requires authentication.",
}
_NOT_AUTHENTICATED = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": (
        "The provided PaymentMethod has failed authentication. You can provide "
        "payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again."
    ),
}


def confirm(
    store: Store,
    intent: PaymentIntent,
    method: PaymentMethod | None = None,
    *,
    return_url: str | None = None,
    guest_present: bool = True,
) -> None:
    """Ask the card, or leave the intent in requires_action until the guest has authenticated.

    Errors: HTTP 402 when the card is refused; then the intent wants another payment method.
    """
    method = _confirmable(intent, method or intent.payment_method)
    intent.payment_method = method
    intent.return_url = return_url or intent.return_url
    intent.last_payment_error = intent.next_action = None
    intent.authenticated = False
    if not method.card.authenticates:
        settle(store, intent, method)
    elif guest_present:
        _ask_guest(store, intent)
    else:
        _fail(store, intent, method, _GUEST_ABSENT)


def _confirmable(intent: PaymentIntent, method: PaymentMethod | None) -> PaymentMethod:
    if intent.status is Status.SUCCEEDED:
        problem = "it has already succeeded after being previously confirmed"
    elif intent.status not in UNPAID:
        problem = f"it has a status of {intent.status}"
    elif method is None:
        problem = (
            "it's missing a payment method. You can either update the PaymentIntent with a "
            "payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken"
        )
    else:
        return method
    message = f"You cannot confirm this PaymentIntent because {problem}."
    raise unexpected_state(message, shapes.payment_intent(intent))


def _ask_guest(store: Store, intent: PaymentIntent) -> None:
    intent.status = Status.REQUIRES_ACTION
    if intent.return_url is None:
        intent.next_action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "source": new_id("src")},
        }
    else:
        url = f"https://hooks.stripe.com/3d_secure_2/hosted?payment_intent={intent.id}"
        intent.next_action = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": intent.return_url, "url": url},
        }
    store.emit("payment_intent.requires_action", shapes.payment_intent(intent))


def authenticate(store: Store, intent: PaymentIntent, *, passed: bool) -> None:
    """The guest has come back from 3-D Secure. Errors: as `confirm`."""
    method = intent.payment_method
    if intent.status is not Status.REQUIRES_ACTION or method is None:
        message = f"This PaymentIntent has a status of {intent.status}: nothing to authenticate."
        raise unexpected_state(message, shapes.payment_intent(intent))
    intent.next_action = None
    if not passed:
        _fail(store, intent, method, _NOT_AUTHENTICATED)
    intent.authenticated = True
    settle(store, intent, method)


def settle(store: Store, intent: PaymentIntent, method: PaymentMethod) -> None:
    """What the issuer says, now or after a while of processing. Errors: as `confirm`."""
    if intent.settles_later:
        intent.status = Status.PROCESSING
        store.emit("payment_intent.processing", shapes.payment_intent(intent))
        return
    attempt = _charge(store, intent, method)
    refusal = method.card.refusal
    if refusal is not None:
        error = {"type": "card_error", "code": refusal.code, "message": refusal.message}
        if refusal.decline_code is not None:
            error["decline_code"] = refusal.decline_code
        _fail(store, intent, method, error | {"charge": attempt.id})
    if intent.capture_method == "manual":
        _authorise(store, intent, attempt)
    else:
        take(store, intent, attempt, intent.amount)


def finish_processing(store: Store, intent: PaymentIntent) -> None:
    """The issuer answers at last. Errors: as `confirm`."""
    method = intent.payment_method
    if intent.status is not Status.PROCESSING or method is None:
        message = f"This PaymentIntent has a status of {intent.status}: nothing is processing."
        raise unexpected_state(message, shapes.payment_intent(intent))
    intent.settles_later = False
    settle(store, intent, method)


def _charge(store: Store, intent: PaymentIntent, method: PaymentMethod) -> Charge:
    attempt = Charge(
        id=new_id("ch"),
        created=store.now(),
        amount=intent.amount,
        currency=intent.currency,
        payment_intent=intent.id,
        payment_method=method,
        customer=intent.customer,
        description=intent.description,
        metadata=dict(intent.metadata),
        succeeded=method.card.refusal is None,
        authenticated=intent.authenticated,
    )
    store.charges[attempt.id] = attempt
    intent.latest_charge = attempt
    return attempt


def _authorise(store: Store, intent: PaymentIntent, attempt: Charge) -> None:
    attempt.capture_before = store.now() + AUTHORISATION_SECONDS
    heapq.heappush(store.authorisations, (attempt.capture_before, intent.id))
    intent.status = Status.REQUIRES_CAPTURE
    intent.amount_capturable = intent.amount
    store.emit("payment_intent.amount_capturable_updated", shapes.payment_intent(intent))


def take(store: Store, intent: PaymentIntent, attempt: Charge, amount: int) -> None:
    """Money moves: the rest of an authorisation is let go."""
    attempt.captured = True
    attempt.amount_captured = amount
    attempt.released = attempt.amount - amount
    intent.status = Status.SUCCEEDED
    intent.amount_capturable = 0
    intent.amount_received = amount
    store.emit("payment_intent.succeeded", shapes.payment_intent(intent))


def _fail(
    store: Store, intent: PaymentIntent, method: PaymentMethod, error: dict[str, str]
) -> NoReturn:
    slug = error["code"].replace("_", "-")
    intent.last_payment_error = error | {
        "doc_url": f"https://stripe.com/docs/error-codes/{slug}",
        "payment_method": card_shapes.payment_method(method),
    }
    intent.payment_method = None
    intent.status = Status.REQUIRES_PAYMENT_METHOD
    wire = shapes.payment_intent(intent)
    store.emit("payment_intent.payment_failed", wire)
    raise card_refused(intent.last_payment_error, wire)
