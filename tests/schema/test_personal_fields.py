"""Every field, argument and input of the schema is known to be personal, or known not to be."""

import io
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from bff.personal import PERSONAL
from bff.telemetry import HIDDEN, JsonLines
from resolvers.schema import ClubSchema, SchemaOptions

SCHEMA = ClubSchema(SchemaOptions()).graphql
HARMLESS = Path(__file__).with_name("harmless_fields.txt")
NAMES = sorted({name for names in PERSONAL.values() for name in names})


def values_of(schema: GraphQLSchema) -> Mapping[str, set[str]]:
    """All that holds a value itself: leaves of answers, arguments and inputs."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in schema.type_map.values():
        if not kind.name.startswith("__"):
            for place, name in _values(kind):
                found[place].add(name)
    return found


def _values(kind: GraphQLNamedType) -> Iterator[tuple[str, str]]:
    for name, field in getattr(kind, "fields", {}).items():
        if is_leaf_type(get_named_type(field.type)):
            yield kind.name, name
        if not isinstance(kind, GraphQLInputObjectType):
            for argument, given in field.args.items():
                if is_leaf_type(get_named_type(given.type)):
                    yield f"{kind.name}.{name}", argument


def harmless() -> Mapping[str, set[str]]:
    lines = HARMLESS.read_text("utf-8").splitlines()
    rows = [line.partition(":") for line in lines if not line.startswith("#")]
    return {place: set(names.split()) for place, _, names in rows}


def test_every_field_argument_and_input_is_classified() -> None:
    known = {place: names | PERSONAL.get(place, set()) for place, names in harmless().items()}
    known |= {place: set(names) for place, names in PERSONAL.items() if place not in known}
    assert dict(values_of(SCHEMA)) == known, "add it to bff/personal.py or to the harmless ones"


def test_nothing_is_both() -> None:
    both = {place: names & PERSONAL.get(place, set()) for place, names in harmless().items()}
    assert not any(both.values())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_personal_is_hidden_under_its_name(name: str) -> None:
    snake = re.sub(r"([A-Z])", r"_\1", name).lower()
    record = logging.makeLogRecord({"msg": "told"})
    facts = {name: "Mei", snake: 4711, "input": {name: ["Mei"]}}
    vars(record).update(facts)
    line = json.loads(JsonLines().format(record))
    assert line["fields"] == {name: HIDDEN, snake: HIDDEN, "input": {name: HIDDEN}}


def test_what_an_operator_needs_is_not_hidden() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    facts = {"booking_id": "bk1", "upstream": "memberson", "operation": "summary", "status": 503}
    handler.handle(logging.makeLogRecord({"msg": "told", **facts}))
    assert json.loads(stream.getvalue())["fields"] == facts
