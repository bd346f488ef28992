"""Taking the authorised money, or letting it go."""

import heapq

from sandbox.stripe import card_shapes, shapes
from sandbox.stripe.errors import refused, unexpected_state
from sandbox.stripe.payments.confirming import take
from sandbox.stripe.payments.opening import UNPAID
from sandbox.stripe.records import PaymentIntent, Status
from sandbox.stripe.store import Store

CANCELABLE = (*UNPAID, Status.REQUIRES_CAPTURE)


def capture(store: Store, intent: PaymentIntent, amount: int | None) -> None:
    """Take `amount`, or all that is authorised; the rest goes back at once."""
    if intent.status is not Status.REQUIRES_CAPTURE or intent.latest_charge is None:
        why = (
            "it has already been captured."
            if intent.status is Status.SUCCEEDED
            else f"it has a status of {intent.status}. Only a PaymentIntent with one of the "
            f"following statuses may be captured: {Status.REQUIRES_CAPTURE}."
        )
        message = f"This PaymentIntent could not be captured because {why}"
        raise unexpected_state(message, shapes.payment_intent(intent))
    if amount is not None and amount > intent.amount_capturable:
        message = (
            f"The provided amount_to_capture ({amount}) is greater than the amount that can be "
            f"captured ({intent.amount_capturable})."
        )
        raise refused(message, "amount_too_large", "amount_to_capture")
    take(store, intent, intent.latest_charge, amount or intent.amount_capturable)


def cancel(store: Store, intent: PaymentIntent, reason: str | None) -> None:
    if intent.status not in CANCELABLE:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent.status}. "
            "Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(CANCELABLE)}."
        )
        raise unexpected_state(message, shapes.payment_intent(intent))
    _let_go(store, intent, reason, store.now())


def end_overdue(store: Store) -> None:
    """Authorisations that nobody captured in time end by themselves."""
    now = store.now()
    while store.authorisations and store.authorisations[0][0] <= now:
        until, intent_id = heapq.heappop(store.authorisations)
        intent = store.intents[intent_id]
        if intent.status is Status.REQUIRES_CAPTURE:
            _let_go(store, intent, "automatic", until)


def _let_go(store: Store, intent: PaymentIntent, reason: str | None, when: int) -> None:
    authorised = intent.latest_charge if intent.status is Status.REQUIRES_CAPTURE else None
    intent.status = Status.CANCELED
    intent.canceled_at = when
    intent.cancellation_reason = reason
    intent.amount_capturable = 0
    intent.next_action = None
    if authorised is not None:
        authorised.released = authorised.amount
        store.emit("charge.refunded", card_shapes.charge(authorised))
    store.emit("payment_intent.canceled", shapes.payment_intent(intent))
