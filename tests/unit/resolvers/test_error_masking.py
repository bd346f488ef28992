"""Whatever breaks inside, nothing of it reaches the client, and only its kind the log."""

import json
import logging
from typing import Any

import pytest

from clients.errors import Malformed, NotSent, OutcomeUnknown, Refused
from resolvers.asgi import build_graphql_app
from resolvers.schema import SchemaOptions
from tests.unit.resolvers.front import SCHEMA, Front
from tests.unit.resolvers.samples import ADA, booking

CANARY = "postgres://user:canary-secret@10.0.0.7/ledger"
ME = "{ me { firstName membership { number } } }"


def assert_masked(answer: Any) -> None:
    text = json.dumps(answer)
    assert "canary" not in text
    assert "Traceback" not in text
    assert "10.0.0.7" not in text


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError(CANARY),
        KeyError(CANARY),
        ValueError(CANARY),
        TypeError(CANARY),
        RecursionError(CANARY),
        TimeoutError(CANARY),
    ],
)
async def test_an_unexpected_failure_says_nothing_but_a_request_id(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    front = Front()
    front.crm.away = failure
    with caplog.at_level(logging.DEBUG):
        async with front.http(ADA) as client:
            response = await client.post("/graphql", json={"query": ME})
    assert response.status_code == 200
    body = response.json()
    assert body["data"] == {"me": {"firstName": "Ada", "membership": None}}
    assert body["errors"][0]["message"] == "Something unexpected went wrong."
    assert body["errors"][0]["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "retryable": False,
        "requestId": response.headers["x-request-id"],
    }
    assert_masked(body)
    assert "canary" not in caplog.text
    (record,) = [it for it in caplog.records if it.name == "resolvers"]
    facts = vars(record)
    assert facts["request"] == response.headers["x-request-id"]
    assert facts["path"] == "me.membership"
    assert facts["error"] == type(failure).__name__
    assert "fakes.py" in facts["place"]
    assert record.levelno == logging.ERROR


@pytest.mark.parametrize(
    "failure",
    [
        NotSent("memberson", "profile", CANARY),
        OutcomeUnknown("memberson", "profile", CANARY),
        Refused("memberson", "profile", CANARY, status=400, code="canary"),
        Malformed("memberson", "profile", CANARY),
    ],
)
async def test_an_upstreams_failure_names_the_upstream_alone(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    front = Front()
    front.crm.away = failure
    with caplog.at_level(logging.DEBUG):
        result = await front.ask(ME, ADA)
    assert result.errors is not None
    error = result.errors[0].formatted
    assert_masked(error)
    assert error["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert "canary" not in caplog.text
    (record,) = [it for it in caplog.records if it.name == "resolvers"]
    assert vars(record)["operation"] == "profile"
    assert record.levelno == logging.WARNING


@pytest.mark.parametrize(
    ("seconds", "told"), [(None, None), (2.5, 2500), (0.0001, 1), (-1, 0), (86_400, 300_000)]
)
async def test_when_an_upstream_wants_to_be_asked_again_is_told(
    seconds: float | None, told: int | None
) -> None:
    front = Front()
    front.crm.away = NotSent("memberson", "profile", retry_after_seconds=seconds)
    result = await front.ask(ME, ADA)
    assert result.errors is not None
    assert result.errors[0].formatted["extensions"].get("retryAfterMs") == told


async def test_what_breaks_while_an_answer_is_written_is_masked_too() -> None:
    front = Front()
    naive = booking(1).starts_at.replace(tzinfo=None)
    front.history.bookings = (booking(1, updated_at=naive, confirmation_code="canary"),)
    result = await front.ask("{ me { bookings { edges { node { updatedAt } } } } }", ADA)
    assert result.data == {"me": {"bookings": None}}
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["code"] == "INTERNAL_SERVER_ERROR"


async def test_a_number_too_large_for_the_schema_is_masked() -> None:
    front = Front()
    front.crm.balance = 2**40
    result = await front.ask("{ me { points { balance } } }", ADA)
    assert result.errors is not None
    assert str(2**40) not in result.errors[0].message


async def test_a_failure_within_a_watch_is_masked() -> None:
    front = Front()
    front.history.away = RuntimeError(CANARY)
    results = await SCHEMA.subscribe(
        'subscription { bookingChanged(id: "Qm9va2luZzpiMDAx") { id } }',
        context_value=front.context(ADA),
    )
    (result,) = [it async for it in results]
    assert_masked([error.formatted for error in result.errors])


async def test_a_failure_outside_every_resolver_is_a_500_without_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = build_graphql_app(Front().services, SchemaOptions())
    sent: list[Any] = []

    async def receive() -> Any:
        raise RuntimeError(CANARY)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    with caplog.at_level(logging.DEBUG):
        await app(scope, receive, send)
    assert sent[0]["status"] == 500
    assert_masked(json.loads(sent[1]["body"]))
    assert "canary" not in caplog.text


async def test_a_refused_password_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    query = "mutation ($in: SignInInput!) { signIn(input: $in) { __typename } }"
    with caplog.at_level(logging.DEBUG):
        result = await Front().ask(query, **{"in": {"email": "e", "password": ["canary-password"]}})
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["code"] == "BAD_USER_INPUT"
    assert "canary" not in caplog.text


async def test_a_message_mirrors_no_more_than_a_few_hundred_characters() -> None:
    result = await Front().ask(
        "{ experiences(first: " + '"' + "a" * 5000 + '") { edges { cursor } } }'
    )
    assert result.errors is not None
    assert all(len(error.message) <= 500 for error in result.errors)


async def test_a_missing_variable_at_run_time_is_the_clients_fault() -> None:
    query = """query ($id: ID!, $n: Int = 5) { experience(id: $id) {
      calendar(from: "2026-12-01", days: $n, partySize: 2) { date } } }"""
    result = await Front().ask(query, id="RXhwZXJpZW5jZTplMDAx", n=None)
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["code"] == "BAD_USER_INPUT"


async def test_an_upstream_that_fails_every_row_is_one_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    front = Front()
    front.catalogue.days_away = NotSent("sevenrooms", "availability")
    query = """{ experiences { edges { node {
      availability(date: "2026-12-01", partySize: 2) { asOf } } } } }"""
    with caplog.at_level(logging.DEBUG):
        result = await front.ask(query)
    assert len(result.errors or []) == 20
    (record,) = [it for it in caplog.records if it.name == "resolvers"]
    assert vars(record)["count"] == 20
    assert vars(record)["path"] == "experiences.edges.0.node.availability"
