"""Everything that released apps rely on is in the schema, exactly so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
    print_ast,
    print_schema,
)

from resolvers.schema import ClubSchema, SchemaOptions

CONTRACT = build_schema((Path(__file__).parent / "contract.graphql").read_text(encoding="utf-8"))
# Printed and read again, so that both sides are built alike; unsorted, for the order of unions.
OURS = build_schema(print_schema(ClubSchema(SchemaOptions()).graphql))

Fact = tuple[str, Any]


def facts(kind: GraphQLNamedType) -> Iterator[Fact]:
    yield kind.name, type(kind).__name__
    if isinstance(kind, GraphQLUnionType):
        yield f"{kind.name} =", [member.name for member in kind.types]
    elif isinstance(kind, GraphQLEnumType):
        yield f"{kind.name} values", list(kind.values)
    elif isinstance(kind, GraphQLInputObjectType):
        for name, it in kind.fields.items():
            yield f"{kind.name}.{name}", with_default(it)
    elif isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
        yield from fields(kind)


def fields(kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[Fact]:
    for interface in kind.interfaces:
        yield f"{kind.name} implements {interface.name}", True
    for name, field in kind.fields.items():
        yield f"{kind.name}.{name}", str(field.type)
        for argument, it in field.args.items():
            yield f"{kind.name}.{name}({argument}:)", with_default(it)


def with_default(it: GraphQLArgument | GraphQLInputField) -> str:
    return f"{it.type} = {print_ast(it.default.literal)}" if it.default else str(it.type)


def all_facts(schema: GraphQLSchema) -> dict[str, Any]:
    return {
        name: fact
        for kind in schema.type_map.values()
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
        for name, fact in facts(kind)
    }


PROMISED, PRESENT = all_facts(CONTRACT), all_facts(OURS)


@pytest.mark.parametrize("name", list(PROMISED))
def test_the_promise_is_kept(name: str) -> None:
    assert PRESENT.get(name) == PROMISED[name]


def test_no_argument_was_added_that_an_app_would_have_to_send() -> None:
    added = {name for name in PRESENT if name.endswith(":)") and name not in PROMISED}
    assert not {name for name in added if PRESENT[name].endswith("!")}


def test_the_contract_is_not_empty() -> None:
    assert len(PROMISED) > 150
