"""/v1/payment_methods to read."""

from sandbox.stripe import card_shapes, form
from sandbox.stripe.endpoints.customers import find_customer
from sandbox.stripe.errors import missing
from sandbox.stripe.operations import Call, Json, Operation, names, page_names
from sandbox.stripe.pages import page


def _retrieve(call: Call) -> Json:
    method = call.state.methods.get(call.subject)
    if method is None:
        raise missing("PaymentMethod", call.subject, "payment_method")
    return card_shapes.payment_method(method)


def _of_customer(call: Call) -> Json:
    known = find_customer(call)
    return page(
        f"/v1/customers/{known.id}/payment_methods",
        call.state.methods,
        call.params,
        card_shapes.payment_method,
        lambda method: method.customer == known.id,
    )


def _list(call: Call) -> Json:
    customer = form.text(call.params, "customer")
    return page(
        "/v1/payment_methods",
        call.state.methods,
        call.params,
        card_shapes.payment_method,
        lambda method: method.customer == customer,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/payment_methods",
        run=_list,
        accepts=page_names("allow_redisplay customer customer_account type"),
    ),
    Operation(method="GET", path="/v1/payment_methods/{id}", run=_retrieve, accepts=names("")),
    Operation(
        method="GET",
        path="/v1/customers/{id}/payment_methods",
        run=_of_customer,
        accepts=page_names("allow_redisplay type"),
    ),
)
