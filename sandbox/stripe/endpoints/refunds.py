"""/v1/refunds, and /v1/charges to read."""

from sandbox.stripe import card_shapes, form, shapes
from sandbox.stripe.errors import missing
from sandbox.stripe.operations import Call, Json, Operation, names, page_names
from sandbox.stripe.pages import page
from sandbox.stripe.records import Charge, Refund
from sandbox.stripe.refunds import refund


def _create(call: Call) -> Json:
    return shapes.refund(refund(call.state, call.params))


def _find(call: Call) -> Refund:
    given = call.state.refunds.get(call.subject)
    if given is None:
        raise missing("refund", call.subject, "refund")
    return given


def _retrieve(call: Call) -> Json:
    return shapes.refund(_find(call))


def _update(call: Call) -> Json:
    given = _find(call)
    given.metadata = form.merged_metadata(given.metadata, call.params)
    return shapes.refund(given)


def _list(call: Call) -> Json:
    charge, intent = form.text(call.params, "charge"), form.text(call.params, "payment_intent")
    return page(
        "/v1/refunds",
        call.state.refunds,
        call.params,
        shapes.refund,
        lambda given: charge in (None, given.charge) and intent in (None, given.payment_intent),
    )


def _charge(call: Call) -> Charge:
    charge = call.state.charges.get(call.subject)
    if charge is None:
        raise missing("charge", call.subject, "id")
    return charge


def _retrieve_charge(call: Call) -> Json:
    return card_shapes.charge(_charge(call))


def _list_charges(call: Call) -> Json:
    customer, intent = form.text(call.params, "customer"), form.text(call.params, "payment_intent")
    return page(
        "/v1/charges",
        call.state.charges,
        call.params,
        card_shapes.charge,
        lambda charge: (
            customer in (None, charge.customer) and intent in (None, charge.payment_intent)
        ),
    )


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/refunds",
        run=_create,
        accepts=names(
            "amount charge currency customer instructions_email metadata origin payment_intent "
            "reason refund_application_fee reverse_transfer"
        ),
    ),
    Operation(
        method="GET", path="/v1/refunds", run=_list, accepts=page_names("charge payment_intent")
    ),
    Operation(method="GET", path="/v1/refunds/{id}", run=_retrieve, accepts=names("")),
    Operation(method="POST", path="/v1/refunds/{id}", run=_update, accepts=names("metadata")),
    Operation(
        method="GET",
        path="/v1/charges",
        run=_list_charges,
        accepts=page_names("customer payment_intent transfer_group"),
    ),
    Operation(method="GET", path="/v1/charges/{id}", run=_retrieve_charge, accepts=names("")),
)
