"""/v1/events and /v1/webhook_endpoints."""

from sandbox.stripe import form, shapes
from sandbox.stripe.errors import invalid_parameter, missing
from sandbox.stripe.operations import Call, Json, Operation, names, page_names
from sandbox.stripe.pages import page
from sandbox.stripe.records import WebhookEndpoint
from sandbox.stripe.store import new_id


def _retrieve(call: Call) -> Json:
    event = call.state.events.get(call.subject)
    if event is None:
        raise missing("event", call.subject, "id")
    return shapes.event(event)


def _list(call: Call) -> Json:
    kind, kinds = form.text(call.params, "type"), form.items_of(call.params, "types")
    wanted = [kind] if kind else kinds
    return page(
        "/v1/events",
        call.state.events,
        call.params,
        shapes.event,
        lambda event: not wanted or any(_is_of(event.kind, each) for each in wanted),
    )


def _is_of(kind: str, wanted: str) -> bool:
    """Whether it is this kind, or one of a group such as `charge.*`."""
    return kind == wanted or (wanted.endswith(".*") and kind.startswith(wanted[:-1]))


def _create_endpoint(call: Call) -> Json:
    url = form.text(call.params, "url") or ""
    if not url.startswith(("http://", "https://")):
        raise invalid_parameter("Invalid URL: An explicit scheme must be provided.", "url")
    endpoint = WebhookEndpoint(
        id=new_id("we"),
        created=call.state.now(),
        url=url,
        secret=new_id("whsec"),
        events=tuple(form.items_of(call.params, "enabled_events")),
        description=form.text(call.params, "description"),
        metadata=form.merged_metadata({}, call.params),
    )
    call.state.webhooks[endpoint.id] = endpoint
    # Only this answer ever tells the secret.
    return shapes.webhook_endpoint(endpoint) | {"secret": endpoint.secret}


def _find_endpoint(call: Call) -> WebhookEndpoint:
    endpoint = call.state.webhooks.get(call.subject)
    if endpoint is None:
        raise missing("webhook endpoint", call.subject, "webhook_endpoint")
    return endpoint


def _retrieve_endpoint(call: Call) -> Json:
    return shapes.webhook_endpoint(_find_endpoint(call))


def _list_endpoints(call: Call) -> Json:
    return page("/v1/webhook_endpoints", call.state.webhooks, call.params, shapes.webhook_endpoint)


def _delete_endpoint(call: Call) -> Json:
    endpoint = _find_endpoint(call)
    del call.state.webhooks[endpoint.id]
    return {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}


_ENDPOINTS = "/v1/webhook_endpoints"

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/events",
        run=_list,
        accepts=page_names("delivery_success type types"),
    ),
    Operation(method="GET", path="/v1/events/{id}", run=_retrieve, accepts=names("")),
    Operation(
        method="POST",
        path=_ENDPOINTS,
        run=_create_endpoint,
        accepts=names("api_version connect description enabled_events metadata url"),
        requires=("enabled_events", "url"),
    ),
    Operation(method="GET", path=_ENDPOINTS, run=_list_endpoints, accepts=page_names()),
    Operation(method="GET", path=f"{_ENDPOINTS}/{{id}}", run=_retrieve_endpoint, accepts=names("")),
    Operation(
        method="DELETE", path=f"{_ENDPOINTS}/{{id}}", run=_delete_endpoint, accepts=names("")
    ),
)
