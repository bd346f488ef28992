"""What is deprecated says from which day on it may be gone, and is gone once that day has come."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from bff.clock import SystemClock
from resolvers.schema import ClubSchema, SchemaOptions

_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """The coordinate and the reason of each."""
    for name, kind in schema.type_map.items():
        parts: dict[str, object] = {}
        if isinstance(kind, GraphQLEnumType):
            parts |= {f"{name}.{value}": it for value, it in kind.values.items()}
        if isinstance(kind, GraphQLInputObjectType):
            parts |= {f"{name}.{field}": it for field, it in kind.fields.items()}
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for field, owner in kind.fields.items():
                parts |= {f"{name}.{field}": owner}
                parts |= {f"{name}.{field}({it}:)": part for it, part in owner.args.items()}
        for place, part in parts.items():
            reason = getattr(part, "deprecation_reason", None)
            if reason is not None:
                yield place, reason


def faults(schema: GraphQLSchema, today: dt.date) -> list[str]:
    found = []
    for place, reason in deprecations(schema):
        dates = _DATE.findall(reason)
        if len(dates) != 1:
            found.append(f"{place}: its reason must name one day, YYYY-MM-DD, of its removal")
        elif dt.date.fromisoformat(dates[0]) <= today:
            found.append(f"{place}: was to be gone by {dates[0]}; remove it or name a later day")
    return found


def test_every_deprecation_names_the_day_of_its_removal() -> None:
    today = SystemClock().now().date()
    assert faults(ClubSchema(SchemaOptions()).graphql, today) == []


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("Use `b`. Gone from 2027-06-01.", None),
        ("Use `b`.", "must name one day"),
        ("Use `b`, since 2026-01-01, until 2027-06-01.", "must name one day"),
        ("Use `b`. Gone from 2026-11-25.", "was to be gone by 2026-11-25"),
    ],
)
@pytest.mark.parametrize(
    "sdl",
    [
        "type Query { a: Int @deprecated(reason: $) b: Int }",
        "type Query { b(a: Int @deprecated(reason: $)): Int }",
        "enum E { A @deprecated(reason: $) B } type Query { b: E }",
        "input I { a: Int @deprecated(reason: $) } type Query { b(i: I): Int }",
        "interface N { a: Int @deprecated(reason: $) b: Int } type Query { b: N }",
    ],
    ids=["a field", "an argument", "an enum's value", "an input's field", "an interface's field"],
)
def test_what_is_deprecated_without_a_day_or_too_long_is_found(
    sdl: str, reason: str, fault: str | None
) -> None:
    schema = build_schema(sdl.replace("$", f'"{reason}"'))
    found = faults(schema, dt.date(2026, 11, 26))
    assert len(found) == (fault is not None)
    assert fault is None or fault in found[0]
