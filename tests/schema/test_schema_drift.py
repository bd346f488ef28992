"""schema.graphql is what the code says, sorted, and every part of it is explained."""

import subprocess
import sys
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
    lexicographic_sort_schema,
    print_schema,
)

from resolvers.schema import ClubSchema, SchemaOptions, sdl

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "schema.graphql"


def test_the_committed_schema_is_the_present_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == sdl(), "schema.graphql is stale: make schema"


def test_the_committed_schema_is_sorted_and_whole() -> None:
    schema = build_schema(COMMITTED.read_text(encoding="utf-8"))
    assert print_schema(lexicographic_sort_schema(schema)) == print_schema(schema)


def test_exporting_needs_no_environment_and_no_upstream() -> None:
    script = ROOT / "scripts" / "export_schema.py"
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), "--check"], env={}, cwd="/", check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")


def unexplained(schema: GraphQLSchema) -> list[str]:
    """The coordinates of everything that has no description."""
    missing = []
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        parts = {name: kind}
        if isinstance(kind, GraphQLEnumType):
            parts |= {f"{name}.{value}": it for value, it in kind.values.items()}
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            parts |= {f"{name}.{field}": it for field, it in kind.fields.items()}
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            parts |= {
                f"{name}.{field}({argument}:)": it
                for field, owner in kind.fields.items()
                for argument, it in owner.args.items()
            }
        missing += [place for place, part in parts.items() if not part.description]
    return missing


def test_every_type_field_argument_and_value_is_explained() -> None:
    assert unexplained(ClubSchema(SchemaOptions()).graphql) == []


def test_our_own_scalars_say_where_they_are_specified() -> None:
    types = ClubSchema(SchemaOptions()).graphql.type_map.values()
    own = [it for it in types if isinstance(it, GraphQLScalarType)]
    addresses = {it.name: it.specified_by_url for it in own if not is_specified_scalar_type(it)}
    assert set(addresses) == {"DateTime", "Date", "URL"}
    assert all((it or "").startswith("https://") for it in addresses.values()), addresses
