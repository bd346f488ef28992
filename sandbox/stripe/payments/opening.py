"""Making and changing a PaymentIntent before it is paid."""

import secrets

from sandbox.stripe import form, shapes
from sandbox.stripe.cards import BY_TOKEN
from sandbox.stripe.currencies import check_amount, check_currency
from sandbox.stripe.errors import invalid_parameter, missing, unexpected_state
from sandbox.stripe.form import Params
from sandbox.stripe.records import PaymentIntent, PaymentMethod, Status
from sandbox.stripe.store import Store, new_id

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
UNPAID = (
    Status.REQUIRES_PAYMENT_METHOD,
    Status.REQUIRES_CONFIRMATION,
    Status.REQUIRES_ACTION,
)

_TEXTS = (
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_AUTOMATIC_NAMES = frozenset({"enabled", "allow_redirects"})


def open_intent(store: Store, params: Params) -> PaymentIntent:
    currency = check_currency(form.text(params, "currency") or "")
    intent = PaymentIntent(
        id=new_id("pi"),
        client_secret="",
        created=store.now(),
        amount=check_amount(form.integer(params, "amount") or 0, currency),
        currency=currency,
        capture_method=form.choice(params, "capture_method", CAPTURE_METHODS) or "automatic_async",
        confirmation_method=form.text(params, "confirmation_method") or "automatic",
        automatic_payment_methods=_automatic(params),
        customer=_customer(store, params),
        metadata=form.merged_metadata({}, params),
        return_url=form.text(params, "return_url"),
        setup_future_usage=form.text(params, "setup_future_usage"),
        shipping=form.hash_of(params, "shipping"),
    )
    intent.client_secret = f"{intent.id}_secret_{secrets.token_hex(12)}"
    for name in _TEXTS:
        setattr(intent, name, form.text(params, name))
    _choose_method(store, intent, params)
    store.intents[intent.id] = intent
    store.emit("payment_intent.created", shapes.payment_intent(intent))
    return intent


def change_intent(store: Store, intent: PaymentIntent, params: Params) -> None:
    """Metadata may change at any time, what is paid and with what only before it is."""
    money = {"amount", "currency", "payment_method", "capture_method", "customer"} & params.keys()
    if money and intent.status not in UNPAID:
        name = min(money)
        message = (
            f"This PaymentIntent's {name} could not be updated because it has a status of "
            f"{intent.status}. You may only update the {name} of a PaymentIntent with one of the "
            f"following statuses: {', '.join(UNPAID)}."
        )
        raise unexpected_state(message, shapes.payment_intent(intent))
    metadata = form.merged_metadata(intent.metadata, params)
    if money:
        _change_money(store, intent, params)
    for name in _TEXTS:
        if name in params:
            setattr(intent, name, form.text(params, name) if params[name] else None)
    intent.metadata = metadata


def _change_money(store: Store, intent: PaymentIntent, params: Params) -> None:
    currency = check_currency(form.text(params, "currency") or intent.currency)
    amount = check_amount(form.integer(params, "amount") or intent.amount, currency)
    capture = form.choice(params, "capture_method", CAPTURE_METHODS) or intent.capture_method
    customer = _customer(store, params) or intent.customer
    _choose_method(store, intent, params)
    intent.currency, intent.amount = currency, amount
    intent.capture_method, intent.customer = capture, customer


def _automatic(params: Params) -> Params | None:
    """Stripe turns them on by itself unless a request says otherwise."""
    given = form.hash_of(params, "automatic_payment_methods")
    if given is None:
        return {"allow_redirects": "always", "enabled": True}
    for name in given.keys() - _AUTOMATIC_NAMES:
        unknown = f"automatic_payment_methods[{name}]"
        message = f"Received unknown parameter: {unknown}"
        raise invalid_parameter(message, unknown, "parameter_unknown")
    if "enabled" not in given:
        name = "automatic_payment_methods[enabled]"
        raise invalid_parameter(f"Missing required param: {name}.", name, "parameter_missing")
    if not form.boolean(given, "enabled"):
        return None
    redirects = form.choice(given, "allow_redirects", ("always", "never")) or "always"
    return {"allow_redirects": redirects, "enabled": True}


def _customer(store: Store, params: Params) -> str | None:
    customer_id = form.text(params, "customer")
    if customer_id is None:
        return None
    known = store.customers.get(customer_id)
    if known is None or known.deleted:
        raise missing("customer", customer_id, "customer", named_by_path=False)
    return customer_id


def _choose_method(store: Store, intent: PaymentIntent, params: Params) -> None:
    method_id = form.text(params, "payment_method")
    if method_id is not None:
        intent.payment_method = find_method(store, intent, method_id)
        intent.status = Status.REQUIRES_CONFIRMATION


def find_method(store: Store, intent: PaymentIntent, method_id: str) -> PaymentMethod:
    """A known method, or a new one of the test card that a `pm_card_` token names."""
    known = store.methods.get(method_id)
    if known is not None:
        return known
    card = BY_TOKEN.get(method_id)
    if card is None:
        raise missing("PaymentMethod", method_id, "payment_method", named_by_path=False)
    made = PaymentMethod(id=new_id("pm"), created=store.now(), card=card, customer=intent.customer)
    store.methods[made.id] = made
    return made
