"""/v1/customers and /v1/ephemeral_keys."""

from sandbox.stripe import form, shapes
from sandbox.stripe.errors import invalid_parameter, missing
from sandbox.stripe.operations import Call, Json, Operation, names, page_names
from sandbox.stripe.pages import page
from sandbox.stripe.records import Customer
from sandbox.stripe.store import new_id

EPHEMERAL_KEY_SECONDS = 60 * 60

_TEXTS = ("email", "name", "phone", "description")
# What Stripe also takes and this stand-in has no use for.
_UNUSED = (
    "balance business_name cash_balance individual_name invoice_prefix invoice_settings "
    "next_invoice_sequence payment_method preferred_locales shipping source tax tax_exempt "
    "tax_id_data test_clock validate"
)


def find_customer(call: Call) -> Customer:
    known = call.state.customers.get(call.subject)
    if known is None:
        raise missing("customer", call.subject, "id")
    return known


def _create(call: Call) -> Json:
    made = Customer(
        id=new_id("cus"),
        created=call.state.now(),
        address=form.hash_of(call.params, "address"),
        metadata=form.merged_metadata({}, call.params),
    )
    for name in _TEXTS:
        setattr(made, name, form.text(call.params, name))
    call.state.customers[made.id] = made
    return shapes.customer(made)


def _retrieve(call: Call) -> Json:
    return shapes.customer(find_customer(call))


def _update(call: Call) -> Json:
    known, params = find_customer(call), call.params
    if known.deleted:
        raise missing("customer", known.id, "id")
    metadata = form.merged_metadata(known.metadata, params)
    changes = {
        name: form.text(params, name) if params[name] else None for name in _TEXTS if name in params
    }
    for name, value in changes.items():
        setattr(known, name, value)
    known.address = form.hash_of(params, "address") or known.address
    known.metadata = metadata
    return shapes.customer(known)


def _delete(call: Call) -> Json:
    known = find_customer(call)
    known.deleted = True
    return shapes.customer(known)


def _list(call: Call) -> Json:
    """By email where one is given: as it was written, since Stripe compares case."""
    email = form.text(call.params, "email")
    return page(
        "/v1/customers",
        call.state.customers,
        call.params,
        shapes.customer,
        lambda known: not known.deleted and email in (None, known.email),
    )


def _create_key(call: Call) -> Json:
    """A key for the mobile SDK, which speaks a version of its own: the call must name it."""
    if call.version is None:
        message = "Please specify a Stripe-Version header: ephemeral keys are bound to a version."
        raise invalid_parameter(message, None)
    customer = form.text(call.params, "customer") or ""
    known = call.state.customers.get(customer)
    if known is None or known.deleted:
        raise missing("customer", customer, "customer", named_by_path=False)
    now, key_id = call.state.now(), new_id("ephkey")
    call.state.ephemeral_keys.add(key_id)
    return _ephemeral_key(key_id, now) | {
        "associated_objects": [{"id": known.id, "type": "customer"}],
        "secret": f"ek_test_{key_id}",
    }


def _delete_key(call: Call) -> Json:
    if call.subject not in call.state.ephemeral_keys:
        raise missing("ephemeral key", call.subject, "key")
    call.state.ephemeral_keys.discard(call.subject)
    return _ephemeral_key(call.subject, call.state.now())


def _ephemeral_key(key_id: str, now: int) -> Json:
    return {
        "id": key_id,
        "object": "ephemeral_key",
        "created": now,
        "expires": now + EPHEMERAL_KEY_SECONDS,
        "livemode": False,
    }


_WRITES = f"address metadata {' '.join(_TEXTS)} {_UNUSED}"

OPERATIONS = (
    Operation(method="POST", path="/v1/customers", run=_create, accepts=names(_WRITES)),
    Operation(
        method="GET", path="/v1/customers", run=_list, accepts=page_names("email test_clock")
    ),
    Operation(method="GET", path="/v1/customers/{id}", run=_retrieve, accepts=names("")),
    Operation(
        method="POST",
        path="/v1/customers/{id}",
        run=_update,
        accepts=names(f"{_WRITES} default_source"),
    ),
    Operation(method="DELETE", path="/v1/customers/{id}", run=_delete, accepts=names("")),
    Operation(
        method="POST",
        path="/v1/ephemeral_keys",
        run=_create_key,
        accepts=names("customer issuing_card nonce verification_session"),
        requires=("customer",),
    ),
    Operation(method="DELETE", path="/v1/ephemeral_keys/{id}", run=_delete_key, accepts=names("")),
)
