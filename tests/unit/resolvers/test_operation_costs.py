"""What an operation costs, by its document and variables, and what is refused for it."""

from typing import Any

import pytest

from bff.edge_settings import EdgeSettings
from resolvers import costs
from resolvers.schema import SchemaOptions
from tests.fake_clock import NOON
from tests.unit.resolvers.front import SCHEMA, Front

DAY = f'date: "{NOON.date()}"'


def cost(text: str, **variables: Any) -> int:
    reading = SCHEMA.read(text)
    assert reading is not None
    assert not reading.errors, reading.errors
    (facts,) = reading.operations
    return facts.cost.of(variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 0),
        # 1 connection, 2 edges, 2 nodes; the page's cursors count with each row
        ("{ experiences(first: 2) { edges { node { name } } } }", 2 * 3),
        ("{ experiences(first: 2) { edges { node { name venue { name } } } } }", 2 * 4),
        ("{ experiences(first: 2) { edges { node { images { url } } } } }", 2 * (3 + 3)),
        ("{ experiences { edges { cursor } } }", 20 * 2),
        ("{ experiences(first: null) { edges { cursor } } }", 20 * 2),
        ('{ experience(id: "a") { name } }', 1),
        (
            f"{{ experience(id: 1) {{ availability({DAY}, partySize: 2) {{ slots {{ id }} }} }} }}",
            1 + 5 + 1 + costs.USUAL_LENGTH,
        ),
        ("{ me { points { balance } bookings(first: 3) { edges { cursor } } } }", 1 + 6 + 16),
        ('mutation { signIn(input: {email: "a", password: "b"}) { __typename } }', 51),
    ],
)
def test_objects_count_once_and_lists_by_their_argument(text: str, expected: int) -> None:
    assert cost(text) == expected


SIZED = "query ($n: Int) { experiences(first: $n) { edges { node { name } } } }"


@pytest.mark.parametrize(
    ("variables", "length"),
    [
        ({"n": 5}, 5),
        ({"n": 5.0}, 5),
        ({}, 20),
        ({"n": None}, 20),
        ({"n": "5"}, 20),
        ({"n": True}, 20),
        ({"n": -1}, 0),
        ({"n": 10**30}, 1_000_000),
        ({"n": 1e308}, 1_000_000),
    ],
)
def test_a_variable_says_how_long_a_list_is(variables: dict[str, Any], length: int) -> None:
    assert cost(SIZED, **variables) == 3 * length


def test_a_variables_own_default_comes_before_the_arguments() -> None:
    assert cost(SIZED.replace("$n: Int", "$n: Int = 7")) == 3 * 7


def test_fragments_cost_what_they_expand_to() -> None:
    plain = cost("{ a: experiences(first: 2) { edges { node { name venue { name } } } } }")
    text = """query ($n: Int) { ...R } fragment R on Query { a: experiences(first: $n) { ...C } }
        fragment C on ExperienceConnection { edges { node { ... { name } ...V } } }
        fragment V on Experience { ... on Node { id } venue { name } }"""
    assert cost(text, n=2) == plain


def test_sizes_within_sizes_multiply() -> None:
    text = f"""query ($n: Int, $d: Int!) {{ experiences(first: $n) {{ edges {{ node {{
        calendar(from: "{NOON.date()}", days: $d, partySize: 2) {{ date }} }} }} }} }}"""
    assert cost(text, n=4, d=31) == 4 * (3 + 10 + 31)


async def test_an_operation_that_costs_too_much_reaches_nobody() -> None:
    front = Front()
    query = f"""{{ experiences(first: 100) {{ edges {{ node {{ calendar(
        from: "{NOON.date()}", days: 31, partySize: 2) {{ slots {{ id }} }} }} }} }} }}"""
    async with front.http() as client:
        response = await client.post("/graphql", json={"query": query})
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "data" not in response.json()
    assert not front.catalogue.calls


async def test_the_most_that_may_be_spent_is_a_setting() -> None:
    for most, fine in ((60, True), (59, False)):
        async with Front().http(edge=EdgeSettings(max_cost=most)) as client:
            body = {"query": SIZED, "variables": {"n": 20}}
            response = await client.post("/graphql", json=body)
            assert ("data" in response.json()) is fine


async def test_developers_are_told_what_they_spend() -> None:
    body = {"query": SIZED, "variables": {"n": 2}}
    async with Front().http(options=SchemaOptions(costs=True)) as client:
        told = (await client.post("/graphql", json=body)).json()
    assert told["extensions"] == {"cost": {"requested": 6, "limit": 5000}}
    async with Front().http() as client:
        assert "extensions" not in (await client.post("/graphql", json=body)).json()
