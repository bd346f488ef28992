"""One request is one connected trace, to the last upstream call, whoever makes it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.aws_stand_ins import distributed
from tests.integration.test_journeys import POINTS, slots
from tests.otlp_collector import Collector, SeenSpan, running_collector
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox
from tests.served_bff import free_port

STATUS = "query($id: ID!) { booking(id: $id) { status } }"
CLIENT, SERVER, CONSUMER = 3, 2, 5
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as running:
        yield running


def traces_to(collector: Collector) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}


async def booked(app: App, operation: str, slot: Any) -> str:
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    query = POINTS.replace("mutation(", f"mutation {operation}(")
    booking = (await app.data(query, input=given))["bookWithPoints"]["booking"]
    return str(booking["id"])


def only(spans: list[SeenSpan]) -> SeenSpan:
    (span,) = spans
    return span


async def test_a_booking_is_one_connected_trace(
    sandbox: Sandbox, tmp_path: Path, collector: Collector
) -> None:
    async with running_bff(sandbox, tmp_path, **traces_to(collector)) as app:
        await app.sign_in()
        app.http.headers["apollographql-client-name"] = "como-club-ios"
        app.http.headers["apollographql-client-version"] = "4.2.0"
        await booked(app, "Book", (await slots(app))[0])
    top = only(collector.named("mutation Book"))
    assert (top.kind, top.parent, top.service) == (SERVER, "", "como-club-bff")
    assert top.facts["http.response.status_code"] == 200
    assert (top.facts["app.name"], top.facts["app.version"]) == ("como-club-ios", "4.2.0")
    assert top.facts["outcome"] == "answered"
    assert len(top.facts["request_id"]) == 32
    trace = [it for it in collector.spans if it.trace == top.trace]
    assert {it.id for it in collector.below(top)} == {it.id for it in trace}
    calls = [it for it in trace if it.kind == CLIENT]
    asked = {(it.facts["upstream"], it.facts["operation"]) for it in calls}
    assert {("memberson", "redeem-point"), ("sevenrooms", "book")} <= asked, asked
    assert all(it.facts["http.response.status_code"] in range(200, 300) for it in calls)
    assert len([it for it in trace if it.name == "sqlite write"]) >= 4
    names = {it.name for it in trace}
    assert {"graphql read", "graphql execute", "booking driven", "booking step HELD"} <= names


async def test_a_callers_trace_goes_on_and_a_failed_call_is_told(
    sandbox: Sandbox, tmp_path: Path, collector: Collector
) -> None:
    async with running_bff(sandbox, tmp_path, **traces_to(collector)) as app:
        await app.sign_in()
        sandbox.fault("memberson", "error", status=503)
        app.http.headers["traceparent"] = PARENT
        await app.ask("query Balance { me { points { balance } } }")
    top = only(collector.named("query Balance"))
    assert (top.trace, top.parent) == (PARENT[3:35], PARENT[36:52])
    assert top.facts["outcome"] == "degraded"
    calls = [it for it in collector.below(top) if it.kind == CLIENT]
    assert [it.facts["attempt"] for it in calls] == [1, 2]
    assert all(it.failed and it.facts["error.type"] == "OutcomeUnknown" for it in calls)
    assert {it.facts["http.response.status_code"] for it in calls} == {503}


async def test_an_answer_from_a_cache_is_an_event_and_no_call(
    sandbox: Sandbox, tmp_path: Path, collector: Collector
) -> None:
    async with running_bff(sandbox, tmp_path, **traces_to(collector)) as app:
        await app.data("query Names { experiences(first: 1) { edges { node { name } } } }")
        for path in ("/livez", "/readyz", "/metrics"):
            await app.http.get(path)
    below = collector.below(only(collector.named("query Names")))
    assert not [it for it in below if it.kind == CLIENT]
    events = [event for it in below for event in it.events]
    assert ("cache", "catalogue", "fresh") in [
        (name, facts["cache"], facts["how"]) for name, facts in events
    ]
    # Nobody's probe is a trace, and nor is what we do of ourselves.
    assert {it.facts.get("http.route") for it in collector.spans if not it.parent} == {"/graphql"}


async def test_a_booking_that_another_copy_finishes_stays_in_its_trace(
    sandbox: Sandbox, tmp_path: Path, collector: Collector, dynamodb: str, aws: str
) -> None:
    settings = {**distributed(dynamodb, aws), **traces_to(collector)}
    async with running_bff(sandbox, tmp_path, **settings) as one:
        await one.sign_in()
        slot = (await slots(one))[0]
        sandbox.fault("sevenrooms", "down")
        booking = await booked(one, "Park", slot)
    sandbox.clear_faults()
    async with running_bff(sandbox, tmp_path, **settings) as other:
        other.token = one.token
        async with asyncio.timeout(40):
            while True:
                found = await other.data(STATUS, id=booking)
                if found["booking"]["status"] == "CONFIRMED":
                    break
                await asyncio.sleep(0.1)
    top = only(collector.named("mutation Park"))
    below = collector.below(top)
    finished = [it for it in below if it.kind == CONSUMER and it.facts["rests_at"] == "CONFIRMED"]
    driven = collector.below(only(finished))
    calls = {it.facts["operation"] for it in driven if it.facts.get("upstream") == "sevenrooms"}
    assert "book" in calls
    assert "dynamodb put_item" in {it.name for it in driven}


@pytest.mark.parametrize("status", [None, 500])
async def test_a_collector_that_is_away_or_broken_hurts_nobody(
    sandbox: Sandbox, tmp_path: Path, status: int | None
) -> None:
    with running_collector(status or 200) as broken:
        url = broken.url if status else f"http://127.0.0.1:{free_port()}"
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "10"}
        async with running_bff(sandbox, tmp_path, **settings) as app:
            await app.sign_in()
            for _ in range(3):
                await app.data("{ me { points { balance } } }")
        assert bool(broken.paths) is (status is not None)
