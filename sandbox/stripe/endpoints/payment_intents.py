"""/v1/payment_intents."""

from sandbox.stripe import form, shapes
from sandbox.stripe.errors import missing
from sandbox.stripe.operations import Call, Json, Operation, names, page_names
from sandbox.stripe.pages import page
from sandbox.stripe.payments.closing import cancel, capture
from sandbox.stripe.payments.confirming import confirm
from sandbox.stripe.payments.opening import change_intent, find_method, open_intent
from sandbox.stripe.records import PaymentIntent

REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def _intent(call: Call) -> PaymentIntent:
    """The intent in the path; with a client secret, only if it is that intent's."""
    intent = call.state.intents.get(call.subject)
    secret = form.text(call.params, "client_secret")
    if intent is None or secret not in (None, intent.client_secret):
        raise missing("payment_intent", call.subject, "intent")
    return intent


def _create(call: Call) -> Json:
    intent = open_intent(call.state, call.params)
    if form.boolean(call.params, "confirm"):
        _confirm_intent(call, intent)
    return shapes.payment_intent(intent)


def _retrieve(call: Call) -> Json:
    return shapes.payment_intent(_intent(call))


def _update(call: Call) -> Json:
    intent = _intent(call)
    change_intent(call.state, intent, call.params)
    return shapes.payment_intent(intent)


def _list(call: Call) -> Json:
    customer = form.text(call.params, "customer")
    return page(
        "/v1/payment_intents",
        call.state.intents,
        call.params,
        shapes.payment_intent,
        lambda intent: customer in (None, intent.customer),
    )


def _confirm(call: Call) -> Json:
    intent = _intent(call)
    _confirm_intent(call, intent)
    return shapes.payment_intent(intent)


def _confirm_intent(call: Call, intent: PaymentIntent) -> None:
    params = call.params
    method_id = form.text(params, "payment_method")
    confirm(
        call.state,
        intent,
        find_method(call.state, intent, method_id) if method_id else None,
        return_url=form.text(params, "return_url"),
        guest_present=params.get("off_session", "false") == "false"
        and not form.boolean(params, "error_on_requires_action"),
    )


def _capture(call: Call) -> Json:
    intent = _intent(call)
    amount = form.integer(call.params, "amount_to_capture")
    metadata = form.merged_metadata(intent.metadata, call.params)
    capture(call.state, intent, amount)
    intent.metadata = metadata
    return shapes.payment_intent(intent)


def _cancel(call: Call) -> Json:
    intent = _intent(call)
    reason = form.choice(call.params, "cancellation_reason", REASONS)
    cancel(call.state, intent, reason)
    return shapes.payment_intent(intent)


_ALL = "/v1/payment_intents"
_ONE = "/v1/payment_intents/{id}"
# What both creating and updating take. `payment_method_types` went with version endive.
_WRITES = (
    "allowed_payment_method_types amount amount_details application_fee_amount capture_method "
    "currency customer customer_account description excluded_payment_method_types hooks metadata "
    "payment_details payment_method payment_method_configuration payment_method_data "
    "payment_method_options receipt_email setup_future_usage shipping statement_descriptor "
    "statement_descriptor_suffix transfer_data transfer_group"
)
_CONFIRMS = (
    "confirmation_token error_on_requires_action mandate mandate_data off_session radar_options "
    "return_url use_stripe_sdk"
)

OPERATIONS = (
    Operation(
        method="POST",
        path=_ALL,
        run=_create,
        accepts=names(
            f"{_WRITES} {_CONFIRMS} automatic_payment_methods confirm confirmation_method "
            "on_behalf_of"
        ),
        requires=("amount", "currency"),
    ),
    Operation(method="GET", path=_ALL, run=_list, accepts=page_names("customer customer_account")),
    Operation(method="GET", path=_ONE, run=_retrieve, accepts=names("client_secret"), public=True),
    Operation(method="POST", path=_ONE, run=_update, accepts=names(_WRITES)),
    Operation(
        method="POST",
        path=f"{_ONE}/confirm",
        run=_confirm,
        accepts=names(
            f"{_CONFIRMS} allowed_payment_method_types amount_details amount_to_confirm "
            "capture_method client_secret excluded_payment_method_types hooks payment_details "
            "payment_method payment_method_data payment_method_options receipt_email "
            "setup_future_usage shipping"
        ),
        public=True,
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/capture",
        run=_capture,
        accepts=names(
            "amount_details amount_to_capture application_fee_amount final_capture hooks metadata "
            "payment_details statement_descriptor statement_descriptor_suffix transfer_data"
        ),
    ),
    Operation(
        method="POST", path=f"{_ONE}/cancel", run=_cancel, accepts=names("cancellation_reason")
    ),
)
