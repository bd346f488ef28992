"""Limits: what a document may ask, judged in linear time and before all other validation."""

import itertools
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from resolvers import documents
from resolvers.documents import Reader
from resolvers.limits import MAX_TOKENS, judged, refusal, walk_over
from resolvers.schema import ClubSchema, SchemaOptions
from tests.unit.resolvers.front import SCHEMA, Front
from tests.unit.resolvers.samples import ADA


def refused(text: str, *, introspection: bool = False) -> str | None:
    found = refusal(parse(text), introspection=introspection)
    return found.message if found else None


def nested(depth: int, inner: str = "id") -> str:
    return "{ a " * (depth - 1) + "{ " + inner + " }" + " }" * (depth - 1)


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice: 2 to the power of `levels` fields."""
    chain = "".join(f"fragment f{n} on Query{{...f{n + 1} ...f{n + 1}}}" for n in range(levels))
    return "{...f0}" + chain + f"fragment f{levels} on Query{{a}}"


@pytest.mark.parametrize(("depth", "fine"), [(12, True), (13, False)])
def test_fields_nest_twelve_levels_at_most(*, depth: int, fine: bool) -> None:
    assert (refused(nested(depth)) is None) is fine


def test_depth_counts_through_fragments() -> None:
    inner = "...F } } fragment F on A " + nested(7)
    assert refused("{ a { a { a { a { a { ...F } } } } } } fragment F on A " + nested(7)) is None
    assert refused("{ a { a { a { a { a { ...F } } } } } } fragment F on A " + nested(8)), inner
    inline = "{ a { a { a { a { a { ... on A " + nested(8) + " } } } } } }"
    assert refused(inline) == "The document has more than 12 levels of fields."


@pytest.mark.parametrize(("count", "fine"), [(30, True), (31, False)])
def test_aliases_are_counted_wherever_they_stand(*, count: int, fine: bool) -> None:
    text = "{ me { " + " ".join(f"a{n}: id" for n in range(count)) + " } }"
    assert (refused(text) is None) is fine


def test_aliases_within_a_fragment_count_each_time_it_is_spread() -> None:
    fields = " ".join(f"a{n}: id" for n in range(11))
    text = "{ x { ...F } y { ...F } z { ...F } } fragment F on M { " + fields + " }"
    assert refused(text) == "The document has more than 30 aliases."


@pytest.mark.parametrize(("count", "fine"), [(20, True), (21, False)])
def test_an_operation_has_twenty_root_fields_at_most(*, count: int, fine: bool) -> None:
    fields = " ".join("me { id }" for _ in range(count))
    assert (refused("{ " + fields + " }") is None) is fine
    assert (
        refused("{ ... on Query { ...F } } fragment F on Query { " + fields + " }") is None
    ) is (fine)


@pytest.mark.parametrize(("count", "fine"), [(30, True), (31, False)])
def test_a_document_has_thirty_directives_at_most(*, count: int, fine: bool) -> None:
    text = "{ me { id " + "@include(if: true) " * count + "} }"
    assert (refused(text) is None) is fine


PAYING = ["bookWithPoints", "bookWithCard", "confirmCardBooking", "cancelBooking"]


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations_with_replacement(PAYING, 2)])
def test_one_document_moves_money_once(one: str, other: str) -> None:
    text = f"mutation {{ a: {one} {{ __typename }} b: {other} {{ __typename }} }}"
    message = refused(text)
    assert message is not None
    assert message.startswith("The document asks for more than one of bookWithCard")
    hidden = f"mutation {{ ...F ... on Mutation {{ {one} }} }} fragment F on Mutation {{ {other} }}"
    assert refused(hidden) == message


def test_one_document_tries_one_password() -> None:
    assert refused("mutation { a: signIn b: signIn }")
    assert refused("mutation { signIn refreshSession }")
    assert refused("mutation { signIn bookWithPoints }") is None


def test_operations_of_one_document_are_judged_each_by_itself() -> None:
    text = "mutation A { bookWithPoints } mutation B { bookWithCard }"
    assert refused(text) is None
    assert refused(text + " mutation C { bookWithCard x: bookWithCard }")


@pytest.mark.parametrize("levels", [3, 8, 20, 28, 50])
def test_a_fragment_bomb_is_judged_by_looking_at_each_node_once(levels: int) -> None:
    document = parse(bomb(levels))
    walk = walk_over(document, introspection=False)
    found = judged(walk, document)
    assert (found is None) is (levels == 3)
    assert walk.visited <= 2 * levels + 2


def test_a_small_fan_of_fragments_expands_to_what_it_is() -> None:
    document = parse(bomb(8))
    walk = walk_over(document, introspection=False)
    measure = walk.of(document.definitions[0].selection_set, 0)  # type: ignore[attr-defined]  # the operation
    assert measure.fields == 2**8
    assert walk.visited == 2 * 8 + 2


def test_the_bomb_of_890_bytes_is_refused() -> None:
    assert 800 < len(bomb(24)) <= 890
    assert refused(bomb(24)) == "The document has more than 500 fields."


def test_a_bomb_in_a_fragment_that_nobody_spreads_is_refused_too() -> None:
    assert refused("{ id } " + bomb(20).removeprefix("{...f0}"))


@pytest.mark.parametrize(
    "text",
    [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { me { ...A } }",
        "{ id } fragment A on Query { ...A }",
    ],
)
def test_fragments_that_spread_each_other_in_a_circle_are_refused(text: str) -> None:
    message = refused(text)
    assert message is not None
    assert "spreads itself" in message


def test_a_long_chain_of_fragments_is_refused_before_the_stack_ends() -> None:
    chain = "".join(f"fragment f{n} on Query {{ ...f{n + 1} }} " for n in range(200))
    assert refused("{ ...f0 } " + chain + "fragment f200 on Query { id }") == (
        "The document nests more than 60 levels."
    )
    assert refused("{ " + "... { " * 90 + "id" + " }" * 91) == (
        "The document nests more than 60 levels."
    )


def test_a_wide_document_is_refused() -> None:
    wide = [f"f{n} " for n in range(500)]
    assert refused("{ a { " + "".join(wide[:499]) + "} }") is None
    assert refused("{ a { " + "".join(wide) + "} }") == "The document has more than 500 fields."


def test_a_name_that_is_repeated_beyond_reason_is_refused() -> None:
    said = "The document has more than 2000 repeated fields."
    assert refused("{ a { " + "id " * 63 + "} }") is None
    assert refused("{ a { " + "id " * 64 + "} }") == said
    spread = "".join(f"fragment f{n} on A {{ id id }} " for n in range(40))
    text = "{ a { " + " ".join(f"...f{n}" for n in range(40)) + " } } " + spread
    assert refused(text) == said
    assert refused("{ id } fragment F on A { " + "id " * 64 + "}")


def test_an_unknown_fragment_is_left_to_validation() -> None:
    assert refused("{ ...Nowhere }") is None


def test_introspection_is_free_only_where_it_is_on() -> None:
    text = get_introspection_query()
    assert refused(text, introspection=True) is None
    assert refused(text) is not None
    developers = ClubSchema(SchemaOptions(introspection=True))
    assert developers.execute_sync(text).errors is None


async def test_the_limits_speak_first_and_alone() -> None:
    result = await Front().ask(
        "{ nothing " + " ".join(f"a{n}: me {{ nil }}" for n in range(31)) + "}"
    )
    assert result.errors is not None
    (error,) = result.errors
    assert (error.extensions or {})["code"] == "LIMIT_EXCEEDED"


async def test_a_document_of_too_many_tokens_is_not_parsed() -> None:
    for text in ("{ " + "a " * MAX_TOKENS + "}", "query (" + "$a: Int " * MAX_TOKENS + ") { me }"):
        assert await Front().code(text) == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize("open_close", ["[]", "{}", "()"])
async def test_brackets_that_nest_without_end_are_refused(open_close: str) -> None:
    start, end = (
        ("{a" * 700, "}" * 700) if open_close == "{}" else ("{a(b:" + open_close[0] * 900, "")
    )
    assert await Front().code(start + end) == "GRAPHQL_PARSE_FAILED"


async def test_a_refused_mutation_reaches_nobody() -> None:
    front = Front()
    one = 'bookWithPoints(input: {idempotencyKey: "0123456789abcdef", slotId: "s"}) { __typename }'
    assert await front.code(f"mutation {{ {one} b: {one} }}", ADA) == "LIMIT_EXCEEDED"
    assert not front.bookings.asked


async def test_a_text_is_parsed_and_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    parse_it, validate_it = documents.parse, documents.validate

    def parsing(*given: Any, **named: Any) -> Any:
        seen.append("parse")
        return parse_it(*given, **named)

    def validating(*given: Any, **named: Any) -> Any:
        seen.append("validate")
        return validate_it(*given, **named)

    monkeypatch.setattr(documents, "parse", parsing)
    monkeypatch.setattr(documents, "validate", validating)
    reader = Reader(introspection=False, suggestions=False)
    readings = [reader.read("{ me { id } }", SCHEMA.graphql) for _ in range(3)]
    assert seen == ["parse", "validate"]
    assert readings[0] is readings[2]


def test_the_cache_of_texts_is_bounded_in_number_and_in_length() -> None:
    reader = Reader(introspection=False, suggestions=False)
    for number in range(documents.CACHED_DOCUMENTS + 10):
        reader.read(f"{{ __typename a{number}: __typename }}", SCHEMA.graphql)
    assert len(reader._cache) == documents.CACHED_DOCUMENTS
    long = "{ __typename } #" + "a" * 9000
    assert reader.read(long, SCHEMA.graphql) is not reader.read(long, SCHEMA.graphql)
