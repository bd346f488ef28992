"""Giving captured money back."""

from sandbox.stripe import card_shapes, form, shapes
from sandbox.stripe.errors import invalid_parameter, missing, refused
from sandbox.stripe.form import Params
from sandbox.stripe.records import Charge, Refund
from sandbox.stripe.store import Store, new_id

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def refund(store: Store, params: Params) -> Refund:
    """All that is left, or `amount` of it; never more than was captured."""
    asked = form.integer(params, "amount")
    reason = form.choice(params, "reason", REASONS)
    metadata = form.merged_metadata({}, params)
    charge = _charge(store, params)
    left = charge.amount_captured - charge.returned
    if left == 0:
        message = f"Charge {charge.id} has already been refunded."
        raise refused(message, "charge_already_refunded")
    amount = left if asked is None else asked
    if amount > left:
        message = (
            f"Refund amount ({amount} {charge.currency}) is greater than unrefunded amount on "
            f"charge ({left} {charge.currency})"
        )
        raise refused(message, param="amount")
    given = Refund(
        id=new_id("re"),
        created=store.now(),
        amount=amount,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        customer=charge.customer,
        reason=reason,
        metadata=metadata,
    )
    store.refunds[given.id] = given
    charge.refunds.append(given)
    store.emit("refund.created", shapes.refund(given))
    store.emit("charge.refunded", card_shapes.charge(charge))
    return given


def _charge(store: Store, params: Params) -> Charge:
    """The captured charge that the request names, by itself or by its intent."""
    charge_id, intent_id = form.text(params, "charge"), form.text(params, "payment_intent")
    if charge_id is None and intent_id is None:
        message = (
            "One of the following params should be provided for this request: payment_intent or "
            "charge."
        )
        raise invalid_parameter(message, None, "parameter_missing")
    charge = (
        _named(store, charge_id) if charge_id is not None else _of_intent(store, intent_id or "")
    )
    if charge is None or not charge.captured:
        message = (
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
            if charge_id is None
            else f"Charge {charge_id} has not been captured: there is nothing to refund."
        )
        raise refused(message, "payment_intent_unexpected_state")
    return charge


def _named(store: Store, charge_id: str) -> Charge:
    charge = store.charges.get(charge_id)
    if charge is None:
        raise missing("charge", charge_id, "charge", named_by_path=False)
    return charge


def _of_intent(store: Store, intent_id: str) -> Charge | None:
    intent = store.intents.get(intent_id)
    if intent is None:
        raise missing("payment_intent", intent_id, "payment_intent", named_by_path=False)
    return intent.latest_charge
