"""A canary in every input and every upstream's answer is seen nowhere again.

Not in a response, a log line, a span or a figure.
"""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_introspection_type,
)

from bff.telemetry import configure_logging
from resolvers.ids import global_id
from tests.otlp_collector import running_collector
from tests.running_bff import App, running_bff
from tests.sandbox_process import Sandbox
from tests.security.object_rules import SCHEMA
from tests.security.turncoat import CANARY, Turncoat
from tests.unit.resolvers.served import served

ROUNDS = 2
BOOKING = global_id("Booking", CANARY)
KEY = f"{CANARY}-0123456789"
TEXTS = {"String", "ID", "Date", "DateTime", "URL"}

INPUTS = {
    name: kind for name, kind in SCHEMA.type_map.items() if isinstance(kind, GraphQLInputObjectType)
}


def _as_literals(name: str, kind: GraphQLInputObjectType) -> Iterator[str]:
    """The input with the canary in every field, beside a field that it does not have."""
    literal = "{" + " ".join(f'{own}: "{CANARY}"' for own in kind.fields) + " unknown: 1}"
    yield f"query ($i: {name} = {literal}) {{ __typename @skip(if: $i) }}"
    for parent in SCHEMA.type_map.values():
        if isinstance(parent, GraphQLObjectType) and parent.name in {"Query", "Mutation"}:
            for field, own in parent.fields.items():
                for argument, taken in own.args.items():
                    if get_named_type(taken.type) is kind:
                        yield (
                            f"{parent.name.lower()} {{ {field}({argument}: {literal})"
                            " { __typename } }"
                        )


# Each with variables that hold the canary wherever one can stand.
OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    (
        """mutation ($i: SignInInput!) { signIn(input: $i) {
            __typename ... on UserError { message } } }""",
        {"i": {"email": f"{CANARY}@example.com", "password": CANARY}},
    ),
    (
        "mutation ($i: RefreshSessionInput!) { refreshSession(input: $i) { __typename } }",
        {"i": {"refreshToken": CANARY}},
    ),
    (
        """query ($f: ExperienceFilter, $a: String) { experiences(filter: $f, after: $a) {
            edges { node { name venue { name } priceFrom { points } } } } }""",
        {"f": {"search": CANARY, "city": CANARY, "venueIds": [CANARY]}, "a": CANARY},
    ),
    ("query ($i: ID!) { experience(id: $i) { id } node(id: $i) { id } }", {"i": CANARY}),
    ("query ($i: ID!) { node(id: $i) { id } }", {"i": BOOKING}),
    ("query ($i: ID!) { booking(id: $i) { status } }", {"i": BOOKING}),
    ("query ($i: ID!) { booking(id: $i) { status } }", {"i": global_id("Booking", f"sr~{CANARY}")}),
    (
        """query ($a: String) { me { membership { tier } points { balance }
            bookings(after: $a) { isPartial } } }""",
        {"a": CANARY},
    ),
    ("{ me { email bookings { edges { node { status } } isPartial } points { balance } } }", {}),
    (
        """mutation ($i: BookWithPointsInput!) { bookWithPoints(input: $i) {
            __typename ... on UserError { message } } }""",
        {"i": {"idempotencyKey": KEY, "slotId": CANARY, "guestNotes": f"{CANARY}\x07"}},
    ),
    (
        """mutation ($i: BookWithCardInput!) { bookWithCard(input: $i) {
            __typename ... on UserError { message } } }""",
        {"i": {"idempotencyKey": KEY, "slotId": CANARY, "stripeVersion": CANARY}},
    ),
    (
        "mutation ($i: ConfirmCardBookingInput!) { confirmCardBooking(input: $i) { __typename } }",
        {"i": {"bookingId": BOOKING}},
    ),
    (
        "mutation ($i: CancelBookingInput!) { cancelBooking(input: $i) { __typename } }",
        {"i": {"bookingId": BOOKING}},
    ),
    # of the wrong type, as variables and within the document
    ("query ($n: Int) { experiences(first: $n) { edges { cursor } } }", {"n": CANARY}),
    ("query ($i: SignInInput) { __typename @skip(if: $i) }", {"i": {CANARY: CANARY}}),
    (
        "mutation ($i: SignInInput!) { signIn(input: $i) { __typename } }",
        {"i": {"email": [CANARY], "password": {"a": CANARY}, CANARY: 1}},
    ),
    (
        "query ($d: Date!) { experience(id: 1) { availability(date: $d, partySize: 1) { date } } }",
        {"d": CANARY},
    ),
    (
        "query ($f: BookingFilter) { me { bookings(filter: $f) { isPartial } } }",
        {"f": {"status": [CANARY]}},
    ),
    (
        "query ($f: BookingFilter) { me { bookings(filter: $f) { isPartial } } }",
        {"f": {"from": CANARY, "to": CANARY}},
    ),
    (
        """query ($d: Date!) { experience(id: 1) {
            calendar(from: $d, days: 1, partySize: 1) { date } } }""",
        {"d": CANARY},
    ),
    (f'{{ experiences(first: "{CANARY}") {{ edges {{ cursor }} }} }}', {}),
    (f'{{ experience(id: {{a: "{CANARY}"}}) {{ id }} }}', {}),
    (f"{{ me {{ bookings(filter: {{status: {CANARY}}}) {{ isPartial }} }} }}", {}),
    (f'{{ experience(id: "{CANARY}', {}),
    (f'{{ experience(id: 1) {{ calendar(from: "{CANARY}") {{ date }} }} }}', {}),
    *((text, {}) for name, kind in INPUTS.items() for text in _as_literals(name, kind)),
    (f'{{ "{CANARY}" }}', {}),
    (f'{{ __typename }} # {CANARY} "', {}),
]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that the process would have written to its log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(stream, "DEBUG")
    # Only the test's server writes one; ours is started without.
    access = logging.getLogger("uvicorn.access")
    access.disabled = True
    yield stream
    access.disabled = False
    root.handlers[:], root.level = handlers, level


@pytest.fixture
async def upstreams(sandbox: Sandbox) -> AsyncIterator[dict[str, tuple[Turncoat, str]]]:
    cognito = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"
    names = ("SEVENROOMS_URL", "MEMBERSON_URL", "STRIPE_URL", cognito)
    async with AsyncExitStack() as stack:
        found = {}
        for name in names:
            turncoat = Turncoat(sandbox.environment[name])
            client = await stack.enter_async_context(served(turncoat))
            found[name] = (turncoat, str(client.base_url).rstrip("/"))
        yield found


async def _probe(app: App) -> AsyncIterator[httpx.Response]:
    headers = {
        "user-agent": CANARY,
        "cookie": f"a={CANARY}",
        "x-forwarded-for": CANARY,
        "apollographql-client-name": CANARY,
        "apollographql-client-version": CANARY,
        "traceparent": CANARY,
        "tracestate": f"{CANARY}=1",
        "baggage": f"{CANARY}=1",
        "x-request-id": f"{CANARY} with spaces",
    }
    for token in (app.token, CANARY, f"{CANARY}.{CANARY}.{CANARY}"):
        sent = {**headers, "authorization": f"Bearer {token}"}
        for query, variables in OPERATIONS:
            body = {"query": query, "variables": variables}
            yield await app.http.post("/graphql", json=body, headers=sent)
        watched = f'subscription {{ bookingChanged(id: "{BOOKING}") {{ status }} }}'
        sse = {**sent, "accept": "text/event-stream"}
        yield await app.http.post("/graphql", json={"query": watched}, headers=sse)
    for content in (
        CANARY,
        f'"{CANARY}"',
        f'{{"query": "{CANARY}',
        json.dumps({"query": [CANARY]}),
    ):
        kind = {"content-type": "application/json"}
        yield await app.http.post("/graphql", content=content, headers={**headers, **kind})
        yield await app.http.post("/graphql", content=content, headers={"content-type": CANARY})
        signature = {"stripe-signature": f"t=1,v1={CANARY}"}
        yield await app.http.post("/webhooks/stripe", content=content, headers=signature)
    named = {"persistedQuery": {"version": 1, "sha256Hash": CANARY}}
    for body in (
        {"extensions": named},
        {"query": "{ __typename }", "extensions": named},
        {"query": "{ __typename }", "extensions": {"persistedQuery": CANARY}},
        {"query": "{ __typename }", "operationName": CANARY},
        {"documentId": CANARY},
    ):
        yield await app.http.post("/graphql", json=body, headers=headers)
    named = {**headers, "apollographql-client-name": "como-club-ios"}
    yield await app.http.post("/graphql", json={"query": "{ __typename }"}, headers=named)
    for path in (f"/{CANARY}", f"/graphql?query={CANARY}", f"/graphql?variables={CANARY}"):
        yield await app.http.get(path, headers=headers)


def _assert_clean(response: httpx.Response) -> None:
    sent = response.request.content[:300]
    assert CANARY not in response.text, sent
    assert CANARY not in str(response.headers), sent
    assert "Traceback" not in response.text, sent
    assert response.status_code < 500, sent


def inputs() -> set[str]:
    """The names of all arguments and input fields that take text."""
    found = set()
    for kind in SCHEMA.type_map.values():
        if is_introspection_type(kind):
            continue
        parts = dict(kind.fields) if isinstance(kind, GraphQLInputObjectType) else {}
        if isinstance(kind, GraphQLObjectType):
            parts = {name: it for field in kind.fields.values() for name, it in field.args.items()}
        texts = (name for name, it in parts.items() if get_named_type(it.type).name in TEXTS)
        found.update(texts)
    return found


def test_a_canary_is_put_into_every_input() -> None:
    said = " ".join(f"{query} {json.dumps(variables)}" for query, variables in OPERATIONS)
    assert [it for it in sorted(inputs()) if f'"{it}":' not in said and f"{it}:" not in said] == []


async def test_no_canary_sings(
    sandbox: Sandbox,
    upstreams: dict[str, tuple[Turncoat, str]],
    tmp_path: Path,
    logged: io.StringIO,
) -> None:
    settings = {name: url for name, (_, url) in upstreams.items()}
    settings["BFF_MODE"] = "production"
    rates = ("MEMBER_REQUESTS", "ADDRESS_REQUESTS", "MEMBER_BOOKINGS", "ADDRESS_SIGN_INS")
    settings |= {f"BFF_{name}_PER_MINUTE": "0" for name in rates}
    with running_collector() as collector:
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
        page = await _sung(sandbox, tmp_path, upstreams, settings)
    assert CANARY not in logged.getvalue()
    assert "graphql." in logged.getvalue()
    assert CANARY.lower() not in page.lower()
    assert "bff_graphql_errors_total" in page
    assert not [body for body in collector.bodies if CANARY.encode() in body.lower()]
    assert {"graphql execute", "memberson signin"} <= {span.name for span in collector.spans}
    told = {name: turncoat.told for name, (turncoat, _) in upstreams.items()}
    assert min(told["SEVENROOMS_URL"], told["MEMBERSON_URL"]) > 0, told


async def _sung(
    sandbox: Sandbox,
    folder: Path,
    upstreams: dict[str, tuple[Turncoat, str]],
    settings: dict[str, str],
) -> str:
    """The page of figures, after all of it."""
    async with running_bff(sandbox, folder, **settings) as app:
        await app.sign_in()
        assert app.token
        async for response in _probe(app):
            _assert_clean(response)
        for turncoat, _ in upstreams.values():
            turncoat.lies = True
        for _ in range(ROUNDS):
            async for response in _probe(app):
                _assert_clean(response)
        return (await app.http.get("/metrics")).text
