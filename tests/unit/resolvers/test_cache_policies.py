"""What a CDN may keep: derived from the types of the answer, and never anything of a member's."""

from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
)

from clients.errors import NotSent
from resolvers.cache_hints import NEVER, type_hint
from resolvers.ids import global_id
from tests.fake_clock import NOON
from tests.unit.resolvers.fakes import FakeCatalogue, FakeCrm
from tests.unit.resolvers.front import SCHEMA, Front
from tests.unit.resolvers.samples import ADA

NAMES = "{ experiences(first: 1) { edges { node { name } } } }"
FREE = f"""{{ experiences(first: 1) {{ edges {{ node {{ availability(
    date: "{NOON.date()}", partySize: 2) {{ isStale slots {{ id }} }} }} }} }} }}"""
CATALOGUE = "public, max-age=300, s-maxage=300, stale-while-revalidate=300, stale-if-error=3000"
TIMES = "public, max-age=45, s-maxage=45, stale-while-revalidate=45, stale-if-error=450"
LESSER = "public, max-age=5, s-maxage=5, stale-while-revalidate=5, stale-if-error=50"


def policy(text: str) -> str:
    reading = SCHEMA.read(text)
    assert reading is not None
    assert not reading.errors, reading.errors
    (facts,) = reading.operations
    return facts.policy.header


@pytest.mark.parametrize(
    ("text", "header"),
    [
        (NAMES, CATALOGUE),
        ('{ experience(id: "a") { name venue { name images { url } } } }', CATALOGUE),
        (FREE, TIMES),
        ("{ __typename " + NAMES[1:], CATALOGUE),
        (
            """{ experiences { ...F } } fragment F on ExperienceConnection { edges { ...G } }
            fragment G on ExperienceEdge { ... { node { id } } }""",
            CATALOGUE,
        ),
        ("{ me { firstName } " + NAMES[1:], "no-store"),
        ('{ booking(id: "a") { venue { name } } }', "no-store"),
        ('{ node(id: "a") { ... on Venue { name } } }', "no-store"),
        ("{ ... on Query { ...F } } fragment F on Query { me { id } }", "no-store"),
        ("{ __typename }", "no-store"),
        ("{ a: __typename ...F } fragment F on Query { __typename }", "no-store"),
        ('mutation { cancelBooking(input: {bookingId: "a"}) { __typename } }', "no-store"),
        ('subscription { bookingChanged(id: "a") { id } }', "no-store"),
    ],
)
def test_the_most_restrictive_hint_of_an_operation_wins(text: str, header: str) -> None:
    assert policy(text) == header


def test_the_policy_of_a_refused_document_is_to_keep_nothing() -> None:
    reading = SCHEMA.read("{ nothing }")
    assert reading is not None
    assert reading.operations[0].policy == NEVER


def test_only_these_types_are_public() -> None:
    kinds = SCHEMA.graphql.type_map.values()
    public = {it.name for it in kinds if (hint := type_hint(it)) is not None and hint.is_public}
    shown = {"Experience", "ExperienceConnection", "ExperienceEdge", "Image", "Venue"}
    assert public == shown | {"Availability", "Slot", "PageInfo", "Price"}


def _selection(kind: GraphQLNamedType, depth: int) -> str:
    """Every field of a type that needs no argument or has one here, as deep as asked."""
    if not isinstance(kind, GraphQLObjectType):
        return "{ __typename }"
    parts = []
    for name, definition in kind.fields.items():
        inner = get_named_type(definition.type)
        if not is_composite_type(inner):
            parts.append(name + _arguments(definition))
        elif depth:
            parts.append(name + _arguments(definition) + _selection(inner, depth - 1))
    return "{ " + " ".join(parts or ["__typename"]) + " }"


_GIVEN = {"date": f'"{NOON.date()}"', "from": f'"{NOON.date()}"', "days": "1", "partySize": "2"}


def _arguments(definition: GraphQLField) -> str:
    given = [f"{name}: {_GIVEN[name]}" for name in definition.args if name in _GIVEN]
    return f"({', '.join(given)})" if given else ""


async def test_a_public_answer_asks_for_nothing_of_a_member() -> None:
    query_type = SCHEMA.graphql.query_type
    assert query_type is not None
    ids = {"experience": f'(id: "{global_id("Experience", "e000")}")', "experiences": "(first: 2)"}
    asked = []
    for name, definition in query_type.fields.items():
        inner = _selection(get_named_type(definition.type), 5)
        text = f"{{ {name}{ids.get(name, '(id: 1)' if definition.args else '')} {inner} }}"
        reading = SCHEMA.read(text)
        assert reading is not None
        if reading.errors or not reading.operations[0].policy.is_public:
            continue
        front = Front()
        await front.data(text, ADA)
        assert not front.members.calls
        assert not front.history.calls
        assert not front.crm.calls["standing"]
        asked.append(name)
    assert asked == ["experiences", "experience"]


async def get(front: Front, query: str, **headers: str) -> httpx.Response:
    async with front.http(ADA) as client:
        return await client.get("/graphql", params={"query": query}, headers=headers)


async def test_a_public_get_may_be_kept_with_or_without_a_token() -> None:
    for headers in ({}, {"authorization": "Bearer any"}):
        response = await get(Front(), NAMES, **headers)
        assert response.headers["cache-control"] == CATALOGUE
        assert response.headers["vary"] == "Accept"
        assert response.headers["etag"].startswith('W/"')


async def test_free_times_are_kept_for_strangers_and_told_a_member_afresh() -> None:
    front = Front()
    async with front.http() as stranger:
        kept = await stranger.get("/graphql", params={"query": FREE})
    assert (kept.headers["cache-control"], kept.headers["vary"]) == (TIMES, "Accept, Authorization")
    own = await get(front, FREE, **{"if-none-match": kept.headers["etag"]})
    assert (own.status_code, own.headers["cache-control"]) == (200, "no-store")
    assert own.headers["vary"] == "Accept, Authorization"
    assert "etag" not in own.headers


@pytest.mark.parametrize("query", ["{ me { firstName } }", "{ me { nothing } }", "{"])
async def test_a_members_answer_and_a_failure_may_not(query: str) -> None:
    response = await get(Front(), query)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept, Authorization"
    assert "etag" not in response.headers


async def test_an_answer_by_post_may_not() -> None:
    async with Front().http() as client:
        response = await client.post("/graphql", json={"query": NAMES})
    assert response.headers["cache-control"] == "no-store"


async def test_an_answer_with_an_error_in_it_may_not() -> None:
    front = Front(catalogue=FakeCatalogue(days_away=NotSent("sevenrooms", "days")))
    response = await get(front, FREE)
    assert response.json()["data"]
    assert response.headers["cache-control"] == "no-store"


async def test_an_answer_that_lacks_something_is_kept_for_seconds() -> None:
    query = "{ experiences(first: 1) { edges { node { priceFrom { points } } } } }"
    assert (await get(Front(), query)).headers["cache-control"] == CATALOGUE
    away = Front(crm=FakeCrm(away=NotSent("memberson", "rates")))
    assert (await get(away, query)).headers["cache-control"] == LESSER
    stale = Front(catalogue=FakeCatalogue(stale=True))
    async with stale.http() as stranger:
        times = await stranger.get("/graphql", params={"query": FREE})
    assert times.headers["cache-control"] == LESSER
    assert (await get(stale, NAMES)).headers["cache-control"] == LESSER


async def test_who_has_the_answer_already_gets_no_body() -> None:
    front = Front()
    first = await get(front, NAMES)
    mark = first.headers["etag"]
    for condition in (mark, f'"other", {mark}', mark.removeprefix("W/"), "*"):
        again = await get(front, NAMES, **{"if-none-match": condition})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control", "vary"):
            assert again.headers[name] == first.headers[name]
    changed = await get(front, NAMES, **{"if-none-match": 'W/"other"'})
    assert (changed.status_code, changed.json()) == (200, first.json())


async def test_each_media_type_has_a_mark_of_its_own() -> None:
    front = Front()
    kinds: list[Any] = ["application/json", "application/graphql-response+json"]
    marks = {(await get(front, NAMES, accept=kind)).headers["etag"] for kind in kinds}
    assert len(marks) == 2
