"""Whatever arrives, the answer is JSON, never a 5xx, and never a word of ours that is not meant."""

import asyncio
import json
import re
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bff.auth.principal import Principal
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA

SOME = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = re.findall(
    r"\S+",
    """me node experiences experience booking edges id name first after filter search city venueIds
    availability calendar from days partySize date slots points membership bookings status CONFIRMED
    signIn bookWithPoints input idempotencyKey slotId __typename __schema Query Member Booking true
    null { } { } ( ) [ ] : $ ! @ | & = " ... ...on fragment query mutation""",
)
scraps = st.lists(
    st.sampled_from(NAMES) | st.integers().map(str) | st.text(max_size=6).map(json.dumps),
    max_size=40,
).map(" ".join)
texts = st.text()
maybe_numbers = st.none() | st.integers()
days = st.dates().map(str)
printable = st.characters(min_codepoint=32, max_codepoint=255)

AVAILABLE = """query ($i: ID!, $d: Date!, $n: Int!, $s: Int!, $f: Int, $a: String,
  $e: ExperienceFilter, $b: BookingFilter) { node(id: $i) { id } booking(id: $i) { id }
  experiences(first: $f, after: $a, filter: $e) { edges { cursor } }
  experience(id: $i) { availability(date: $d, partySize: $s) { asOf }
    calendar(from: $d, days: $n, partySize: $s) { asOf } }
  me { bookings(first: $f, after: $a, filter: $b) { edges { cursor } } } }"""
BOOK = "mutation ($in: BookWithCardInput!) { bookWithCard(input: $in) { __typename } }"


def send(content: bytes, by: Principal | None = None, **headers: bytes) -> httpx.Response:
    async def sending() -> httpx.Response:
        async with Front().http(by) as client:
            sent = {"content-type": b"application/json", **headers}
            return await client.post("/graphql", content=content, headers=sent)

    return asyncio.run(sending())


def assert_decent(response: httpx.Response) -> None:
    assert response.status_code < 500
    body = response.json()
    assert {"data", "errors"} & set(body)
    for error in body.get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR", error
        for leak in ("Traceback", "object at 0x", "NoneType", ".py"):
            assert leak not in error["message"]


@SOME
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    assert_decent(send(content))


@SOME
@given(json_values)
def test_any_json(value: Any) -> None:
    assert_decent(send(json.dumps(value).encode()))


PARTS = dict.fromkeys(["query", "variables", "operationName"], json_values)


@SOME
@given(st.fixed_dictionaries({}, optional=PARTS))
def test_any_operation(value: Any) -> None:
    assert_decent(send(json.dumps(value).encode()))


@SOME
@given(scraps)
def test_any_heap_of_the_schemas_words(query: str) -> None:
    assert_decent(send(json.dumps({"query": query}).encode(), ADA))


ARGUMENTS = {
    "i": texts | st.sampled_from(["RXhwZXJpZW5jZTplMDAx", "Qm9va2luZzpiMDAx"]),
    "d": days | st.just("2026-12-01"),
    "n": st.integers(-1, 40),
    "s": st.integers(0, 60),
    "f": maybe_numbers,
    "a": st.none() | texts | st.sampled_from(["WyJleHBlcmllbmNlIl0=", "bnVsbA=="]),
    "e": st.none() | st.fixed_dictionaries({}, optional={"search": texts, "city": texts}),
    "b": st.none() | st.fixed_dictionaries({}, optional={"from": days, "to": days}),
}


@SOME
@given(st.fixed_dictionaries(ARGUMENTS))
def test_any_arguments(variables: dict[str, Any]) -> None:
    assert_decent(send(json.dumps({"query": AVAILABLE, "variables": variables}).encode(), ADA))


WANTED = dict.fromkeys(["idempotencyKey", "slotId", "guestNotes", "stripeVersion"], texts)


@SOME
@given(st.fixed_dictionaries(WANTED))
def test_any_booking_input(wanted: dict[str, str]) -> None:
    body = json.dumps({"query": BOOK, "variables": {"in": wanted}}).encode()
    assert_decent(send(body, ADA))


@SOME
@given(st.text(printable, max_size=50), st.text(printable, max_size=50))
def test_any_headers(accept: str, request_id: str) -> None:
    sent = {"accept": accept.encode("latin-1"), "x-request-id": request_id.encode("latin-1")}
    assert_decent(send(b'{"query": "{ __typename }"}', **sent))
