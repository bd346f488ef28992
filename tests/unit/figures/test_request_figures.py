"""What is told of requests: bounded names, how they ended, and which fields each version uses."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from bff.booking.outcomes import CannotCancel
from bff.edge_settings import EdgeSettings, RateSettings
from bff.figures.requests import RequestFigures
from clients.errors import NotSent
from resolvers.apps import MOST_VERSIONS, UNKNOWN
from resolvers.asgi import GraphQLApp, build_graphql_app
from resolvers.ids import global_id
from resolvers.schema import SchemaOptions
from resolvers.telling import MOST_NAMES
from tests.unit.resolvers.fakes import FakeBookings
from tests.unit.resolvers.front import Front, authenticated
from tests.unit.resolvers.samples import ADA

SEARCH = "query Search { experiences(first: 1) { edges { node { id name venue { name } } } } }"
AWAY = NotSent("sevenrooms", "venues", "down")


class Told:
    """The front, and what a collector would find."""

    def __init__(self, front: Front, edge: EdgeSettings) -> None:
        self.registry = CollectorRegistry()
        figures = RequestFigures(self.registry)
        self.app: GraphQLApp = build_graphql_app(front.services, SchemaOptions(), edge, figures)

    async def ask(self, query: str, by: Any = None, **headers: str) -> httpx.Response:
        wire = httpx.ASGITransport(app=authenticated(self.app, by))
        named = {f"apollographql-client-{name}": value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=wire, base_url="http://bff") as http:
            return await http.post("/graphql", json={"query": query}, headers=named)

    def value(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0

    def labels(self, name: str, label: str) -> Sequence[str]:
        return [
            sample.labels[label]
            for family in self.registry.collect()
            for sample in family.samples
            if sample.name == name
        ]


def told(front: Front | None = None, **edge: Any) -> Told:
    return Told(front or Front(), EdgeSettings(app_names=("club-ios",), **edge))


async def test_a_request_is_told_by_its_operation_and_how_it_ended() -> None:
    it = told()
    await it.ask(SEARCH)
    ended = {"operation": "Search", "kind": "query", "outcome": "answered"}
    assert it.value("bff_graphql_requests_total", **ended) == 1
    assert it.value("bff_graphql_request_seconds_count", operation="Search") == 1
    assert it.value("bff_graphql_cost_sum", operation="Search") > 0
    assert it.value("bff_graphql_requests_under_way") == 0


@pytest.mark.parametrize(
    ("query", "operation", "kind", "outcome", "code"),
    [
        ("query Me { me { email } }", "Me", "query", "refused", "UNAUTHENTICATED"),
        ("query Broken { nothing }", "none", "none", "refused", "GRAPHQL_VALIDATION_FAILED"),
        ("query Broken {", "none", "none", "refused", "GRAPHQL_PARSE_FAILED"),
        ("", "none", "none", "refused", "BAD_REQUEST"),
    ],
)
async def test_a_callers_own_fault_is_not_told_as_ours(
    query: str, operation: str, kind: str, outcome: str, code: str
) -> None:
    it = told()
    await it.ask(query)
    ended = {"operation": operation, "kind": kind, "outcome": outcome}
    assert it.value("bff_graphql_requests_total", **ended) == 1
    assert it.value("bff_graphql_errors_total", code=code) == 1


async def test_an_upstream_that_is_away_makes_an_answer_unavailable_or_degraded() -> None:
    front = Front()
    front.catalogue.away = front.crm.away = AWAY
    it = told(front)
    await it.ask(SEARCH)
    await it.ask("query Half { me { email points { balance } } }", ADA)
    for operation, outcome in (("Search", "unavailable"), ("Half", "degraded")):
        ended = {"operation": operation, "kind": "query", "outcome": outcome}
        assert it.value("bff_graphql_requests_total", **ended) == 1


async def test_a_failure_of_ours_is_told_as_ours() -> None:
    front = Front()
    front.catalogue.away = RuntimeError("a bug")
    it = told(front)
    await it.ask(SEARCH)
    ended = {"operation": "Search", "kind": "query", "outcome": "failed"}
    assert it.value("bff_graphql_requests_total", **ended) == 1


async def test_a_full_house_and_a_used_up_rate_are_told() -> None:
    full = told(max_requests=0)
    await full.ask(SEARCH)
    shed = {"operation": "none", "kind": "none", "outcome": "shed"}
    assert full.value("bff_graphql_requests_total", **shed) == 1
    often = told(rates=RateSettings(member_requests=1))
    for _ in range(3):
        await often.ask(SEARCH, ADA)
    assert often.value("bff_graphql_rate_limited_total", limit="member") == 2


async def test_an_expected_refusal_of_a_mutation_is_told_by_its_type() -> None:
    front = Front(bookings=FakeBookings(cancelling=CannotCancel(message="Too late.")))
    it = told(front)
    wish = f'{{bookingId: "{global_id("Booking", "bk1")}"}}'
    await it.ask(f"mutation Cancel {{ cancelBooking(input: {wish}) {{ __typename }} }}", ADA)
    refused = {"operation": "Cancel", "problem": "NotCancellable"}
    assert it.value("bff_graphql_problems_total", **refused) == 1
    ended = {"operation": "Cancel", "kind": "mutation", "outcome": "answered"}
    assert it.value("bff_graphql_requests_total", **ended) == 1


async def test_strangers_cannot_invent_any_number_of_operations() -> None:
    it = told()
    for number in range(MOST_NAMES + 5):
        await it.ask(f"query Q{number} {{ __typename }}")
    names = set(it.labels("bff_graphql_requests_total", "operation"))
    assert len(names) == MOST_NAMES + 1
    assert "other" in names


async def test_fields_are_counted_by_the_version_that_asked_for_them() -> None:
    it = told()
    for version in ("4.1.0", "4.1.0", "4.2.0"):
        await it.ask(SEARCH, name="club-ios", version=version)
    used = {"app": "club-ios", "version": "4.1.0", "field": "Venue.name", "deprecated": "no"}
    assert it.value("bff_graphql_field_uses_total", **used) == 2
    asked = {"app": "club-ios", "version": "4.2.0", "operation": "Search"}
    assert it.value("bff_graphql_app_requests_total", **asked) == 1


async def test_apps_that_we_do_not_know_are_others_and_so_are_versions_that_are_none() -> None:
    it = told()
    await it.ask(SEARCH, name="mei.tan@example.test", version="4.1.0")
    await it.ask(SEARCH, name="club-ios", version="+6591234567")
    apps = it.labels("bff_graphql_app_requests_total", "app")
    assert sorted(apps) == ["club-ios", "other"]
    assert set(it.labels("bff_graphql_app_requests_total", "version")) == {"other"}


async def test_versions_without_end_are_told_as_others_at_last() -> None:
    it = told()
    for number in range(MOST_VERSIONS + 3):
        await it.ask("{ __typename }", name="club-ios", version=f"1.{number}")
    versions = set(it.labels("bff_graphql_app_requests_total", "version"))
    assert len(versions) == MOST_VERSIONS + 1


def test_what_shall_go_is_marked_wherever_it_is_used() -> None:
    registry = CollectorRegistry()
    figures = RequestFigures(registry)
    figures.shall_go(frozenset({"Venue.name"}))
    figures._uses.count(UNKNOWN, ("Venue.name", "Venue.city"))
    found = {
        sample.labels["field"]: sample.labels["deprecated"]
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "bff_graphql_field_uses_total"
    }
    assert found == {"Venue.name": "yes", "Venue.city": "no"}


async def test_where_documents_are_trusted_only_their_operations_have_names(
    tmp_path: Path,
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"search-1": SEARCH}))
    it = told(trusted_documents="allow", trusted_document_files=(manifest,))
    await it.ask(SEARCH)
    await it.ask("query Mei_Tan_6591234567 { __typename }")
    assert set(it.labels("bff_graphql_requests_total", "operation")) == {"Search", "other"}
