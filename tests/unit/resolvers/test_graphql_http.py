"""GraphQL over HTTP: what is taken, what is answered, and in which form."""

import json
from typing import Any

import httpx
import pytest

from resolvers.asgi import build_graphql_app
from resolvers.schema import SchemaOptions
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA

NAMES = "{ experiences(first: 1) { edges { node { name } } } }"
ANSWER = {"experiences": {"edges": [{"node": {"name": "Dinner 0"}}]}}
MODERN = "application/graphql-response+json"


async def post(content: bytes, front: Front | None = None, **headers: str) -> httpx.Response:
    async with (front or Front()).http() as client:
        sent = {"content-type": "application/json", **headers}
        return await client.post("/graphql", content=content, headers=sent)


def refused(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"errors"}
    (error,) = body["errors"]
    assert set(error["extensions"]) == {"code", "retryable", "requestId"}
    assert response.headers["x-request-id"] == error["extensions"]["requestId"]
    return error  # type: ignore[no-any-return]  # parsed JSON


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"5",
        b"[1]",
        b"[]",
        b'"text"',
        b"true",
        b"{",
        b"{}",
        b"\xff\xfe\x00",
        b"\xff\xfe{\x00}\x00\x00",
        b'{"query": "{ me { id } }", "variables": NaN}',
        b'{"query": "{ me { id } }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ me { id } }", "variables": []}',
        b'{"query": "{ me { id } }", "extensions": 5}',
        b'{"query": "{ me { id } }", "operationName": {}}',
        b'{"query": 5}',
        b'{"query": null}',
        b'{"query": ""}',
        b'[{"query": "{ __typename }"}]',
        b"[" * 50_000,
        b'{"a":' * 15_000,
        b'{"query": "{ __typename }", "variables": {"a": 1' + b"0" * 5000 + b"}}",
    ],
)
async def test_a_body_that_is_no_operation_is_a_bad_request_in_json(body: bytes) -> None:
    response = await post(body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert refused(response)["extensions"]["code"] == "BAD_REQUEST"


async def test_a_query_is_answered_by_post_and_by_get() -> None:
    async with Front().http() as client:
        posted = await client.post("/graphql", json={"query": NAMES})
        got = await client.get("/graphql", params={"query": NAMES})
    assert posted.status_code == got.status_code == 200
    assert posted.json() == got.json() == {"data": ANSWER}


async def test_a_get_takes_variables_and_a_name() -> None:
    query = (
        "query A { __typename } query B($n: Int) { experiences(first: $n) { edges { cursor } } }"
    )
    async with Front().http() as client:
        parameters = {"query": query, "operationName": "B", "variables": '{"n": 2}'}
        response = await client.get("/graphql", params=parameters)
        assert len(response.json()["data"]["experiences"]["edges"]) == 2
        for bad in ("{", "5", "[]"):
            response = await client.get("/graphql", params={"query": NAMES, "variables": bad})
            assert response.status_code == 400


@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_a_parameter_that_cannot_be_read_is_named(name: str) -> None:
    async with Front().http() as client:
        response = await client.get("/graphql", params={"query": NAMES, name: "{"})
    assert refused(response)["message"] == f"The query parameter {name} is not JSON in UTF-8."


async def test_a_get_changes_nothing() -> None:
    front = Front()
    query = 'mutation { refreshSession(input: {refreshToken: "a"}) { __typename } }'
    async with front.http() as client:
        response = await client.get("/graphql", params={"query": query})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert not front.sign_in.asked


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    async with Front().http() as client:
        response = await client.request(method, "/graphql")
    assert response.status_code == 405


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=a", "application/graphql", ""]
)
async def test_a_body_of_another_kind_is_not_taken(kind: str) -> None:
    response = await post(b'{"query": "{ __typename }"}', **{"content-type": kind})
    assert response.status_code == 415
    refused(response)


@pytest.mark.parametrize("charset", ["utf-16", "latin1", '"utf-16"', ""])
async def test_a_body_in_another_charset_is_not_taken(charset: str) -> None:
    kind = f"application/json; charset={charset}"
    response = await post(b'{"query": "{ __typename }"}', **{"content-type": kind})
    assert response.status_code == 415


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("br", 415), ("identity", 200)])
async def test_a_compressed_body_is_not_taken(coding: str, status: int) -> None:
    headers = {"content-type": "application/json", "content-encoding": coding}
    response = await post(b'{"query": "{ __typename }"}', **headers)
    assert response.status_code == status


async def test_a_query_string_is_bounded() -> None:
    async with Front().http() as client:
        for size, status in ((16_000, 200), (17_000, 414)):
            query = "{ __typename } #" + "x" * size
            response = await client.get("/graphql", params={"query": query})
            assert response.status_code == status


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "UTF8"])
async def test_a_charset_beside_the_media_type_does_no_harm(charset: str) -> None:
    kind = f"Application/JSON; charset={charset}"
    response = await post(b'{"query": "{ __typename }"}', **{"content-type": kind})
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html", "application/json"),
        ("", "application/json"),
        (MODERN, MODERN),
        (f"{MODERN}, application/json;q=0.9", MODERN),
        (f"application/json, {MODERN}", MODERN),
        (f"application/json, {MODERN};q=0.5", "application/json"),
        (f"{MODERN};q=0, */*", "application/json"),
        (f"{MODERN};q=nonsense", MODERN),
    ],
)
async def test_the_newer_media_type_is_answered_to_who_prefers_it(accept: str, kind: str) -> None:
    response = await post(b'{"query": "{ __typename }"}', accept=accept)
    assert response.headers["content-type"] == kind
    assert response.status_code == 200


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "query ($a: Int!) { __typename @skip(if: $a) }"]
)
async def test_a_document_that_cannot_run_is_400_in_the_newer_type_only(query: str) -> None:
    body = json.dumps({"query": query}).encode()
    modern = await post(body, accept=MODERN)
    assert modern.status_code == 400
    older = await post(body, accept="application/json")
    assert older.status_code == 200
    assert set(modern.json()) == set(older.json()) == {"errors"}


async def test_an_error_within_the_answer_is_200_and_keeps_its_data() -> None:
    response = await post(b'{"query": "{ me { id } }"}', accept=MODERN)
    assert response.status_code == 200
    assert response.json()["data"] == {"me": None}


async def test_a_variable_of_the_wrong_type_leaves_data_out() -> None:
    body = {"query": "query ($n: Int) { experiences(first: $n) { edges { cursor } } }"}
    response = await post(json.dumps({**body, "variables": {"n": "x"}}).encode(), accept=MODERN)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("query A { __typename } query B { __typename }", None),
        ("query A { __typename }", "C"),
        ("fragment F on Query { __typename }", None),
        ("type A { b: Int }", None),
    ],
)
async def test_a_document_without_the_operation_asked_for_is_refused(
    query: str, name: str | None
) -> None:
    response = await post(json.dumps({"query": query, "operationName": name}).encode())
    assert response.status_code in {200, 400}
    assert "data" not in response.json()


async def test_a_subscription_is_refused_to_who_takes_no_events() -> None:
    response = await post(b'{"query": "subscription { bookingChanged(id: \\"a\\") { id } }"}')
    assert response.status_code == 406
    refused(response)


async def test_the_callers_request_id_is_taken_up_when_harmless() -> None:
    response = await post(b'{"query": "{ me { id } }"}', **{"x-request-id": "trace-0123.A_b"})
    assert response.headers["x-request-id"] == "trace-0123.A_b"
    assert response.json()["errors"][0]["extensions"]["requestId"] == "trace-0123.A_b"


@pytest.mark.parametrize(
    "given", ["short", "with space in", "a" * 129, "line\x0bfeed-id", "<script>1"]
)
async def test_a_request_id_that_could_do_harm_is_replaced(given: str) -> None:
    response = await post(b'{"query": "{ __typename }"}', **{"x-request-id": given})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 32


async def test_the_principal_of_the_scope_is_who_asks() -> None:
    async with Front().http(ADA) as client:
        response = await client.post("/graphql", json={"query": "{ me { firstName } }"})
    assert response.json() == {"data": {"me": {"firstName": "Ada"}}}


async def test_without_an_authentication_before_it_everybody_is_a_stranger() -> None:
    app = build_graphql_app(Front().services, SchemaOptions())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bff") as client:
        response = await client.post("/graphql", json={"query": "{ me { id } }"})
    assert response.json()["data"] == {"me": None}


INTROSPECTION = "{ __schema { queryType { name } } }"


async def test_introspection_is_for_developers() -> None:
    async with Front().http() as client:
        response = await client.post("/graphql", json={"query": INTROSPECTION})
        assert "data" not in response.json()
    async with Front().http(options=SchemaOptions(introspection=True)) as client:
        response = await client.post("/graphql", json={"query": INTROSPECTION})
        assert response.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


@pytest.mark.parametrize(
    "query",
    [
        "{ experience { nam } }",
        "{ experiencs { edges } }",
        "{ experiences(filtr: 1) { edges { cursor } } }",
        "query ($f: BookingFilter) { me { bookings(filter: $f) { isPartial } } }",
    ],
)
async def test_suggestions_are_for_developers(query: str) -> None:
    variables = {"f": {"status": ["CONFIRMD"]}}
    body = {"query": query, "variables": variables}
    async with Front().http(options=SchemaOptions(suggestions=True)) as client:
        told = (await client.post("/graphql", json=body)).text
    async with Front().http() as client:
        untold = (await client.post("/graphql", json=body)).text
    assert "Did you mean" not in untold
    assert "Did you mean" in told
