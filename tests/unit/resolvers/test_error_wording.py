"""In production an error names places, and repeats no value that was sent."""

from typing import Any

import httpx
import pytest

from resolvers.schema import SchemaOptions
from tests.unit.resolvers.front import Front

SECRET = "hunter2hunter2"


async def asked(query: str, *, develops: bool = False, **variables: Any) -> httpx.Response:
    async with Front().http(options=SchemaOptions(suggestions=develops)) as client:
        return await client.post("/graphql", json={"query": query, "variables": variables})


@pytest.mark.parametrize(
    ("query", "variables", "said"),
    [
        (
            "query ($n: Int) { experiences(first: $n) { edges { cursor } } }",
            {"n": SECRET},
            "Variable '$n' is not of the type that its place takes.",
        ),
        (
            f'{{ experiences(first: "{SECRET}") {{ edges {{ cursor }} }} }}',
            {},
            "A value is not of the type that its place takes.",
        ),
        (f'{{ "{SECRET}" }}', {}, "The document cannot be parsed."),
        (
            f"{{ me {{ bookings(filter: {{status: {SECRET}}}) {{ isPartial }} }} }}",
            {},
            "A value is not of the type that its place takes.",
        ),
        (
            f'mutation {{ signIn(input: {{password: "{SECRET}", foo: 1}}) {{ __typename }} }}',
            {},
            "A value is not of the type that its place takes.",
        ),
        (
            f"""query ($f: ExperienceFilter = {{search: "{SECRET}", foo: 1}})
            {{ experiences(filter: $f) {{ edges {{ cursor }} }} }}""",
            {},
            "A value is not of the type that its place takes.",
        ),
    ],
)
async def test_values_are_repeated_to_developers_only(
    query: str, variables: dict[str, Any], said: str
) -> None:
    told = await asked(query, develops=True, **variables)
    assert SECRET in told.text
    untold = await asked(query, **variables)
    assert SECRET not in untold.text
    for error in untold.json()["errors"]:
        assert error["message"] == said
        assert error["locations"]


async def test_names_and_our_own_words_stay() -> None:
    named = await asked("{ nothing }")
    assert named.json()["errors"][0]["message"] == "Cannot query field 'nothing' on type 'Query'."
    several = await asked("query A { __typename } query B { __typename }")
    assert "Name the operation" in several.text or "several" in several.text
    argued = await asked("{ experiences(nothing: 1) { edges { cursor } } }")
    assert "Unknown argument 'nothing'" in argued.json()["errors"][0]["message"]
    limited = await asked("{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }")
    message = limited.json()["errors"][0]["message"]
    assert "31" not in message
    assert "more than 20 root fields" in message
