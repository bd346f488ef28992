"""Whose each type of the schema is, and documents that ask for all that can be seen of it."""

from collections.abc import Iterator
from enum import Enum

from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_introspection_type,
    is_object_type,
    is_required_argument,
)

from resolvers.schema import ClubSchema, SchemaOptions

SCHEMA: GraphQLSchema = ClubSchema(SchemaOptions()).graphql
ROOTS = ("Query", "Mutation", "Subscription")


class Whose(Enum):
    EVERYBODYS = "the catalogue: the same for all, and a CDN may keep it"
    A_MEMBERS = "one member's, and nobody else may see it"
    NOBODYS = "words about the request itself"


# A type that is new here has to be put down here: whose is it?
WHOSE: dict[Whose, tuple[str, ...]] = {
    Whose.EVERYBODYS: (
        *("Experience", "ExperienceConnection", "ExperienceEdge", "Venue", "Image", "Price"),
        *("Availability", "Slot", "PageInfo"),
    ),
    Whose.A_MEMBERS: (
        *("Member", "Membership", "PointsBalance", "Session"),
        *("Booking", "BookingConnection", "BookingEdge", "CardPayment", "PointsPayment"),
        *("BookingAccepted", "BookingCancelled", "CardActionRequired", "PaymentSheet"),
        "InsufficientPoints",
    ),
    Whose.NOBODYS: (
        *("IdempotencyConflict", "InvalidInput", "SlotUnavailable", "UpstreamUnavailable"),
        *("InvalidCredentials", "MemberNotFound", "MemberSessionExpired", "TooManyAttempts"),
        *("NotCancellable", "PaymentDeclined"),
    ),
}


def object_types() -> set[str]:
    return {
        name
        for name, kind in SCHEMA.type_map.items()
        if is_object_type(kind) and not is_introspection_type(kind) and name not in ROOTS
    }


def root_fields() -> list[str]:
    """Every way in, as `Query.booking`."""
    roots = (SCHEMA.type_map[name] for name in ROOTS)
    return [
        f"{root.name}.{field}"
        for root in roots
        if isinstance(root, GraphQLObjectType)
        for field in root.fields
    ]


def node_types() -> set[str]:
    return {it.name for it in SCHEMA.get_implementations(SCHEMA.type_map["Node"]).objects}  # type: ignore[arg-type]  # Node is an interface


def members(kind: GraphQLNamedType) -> tuple[GraphQLObjectType, ...]:
    """The object types that a field of this type may answer with."""
    if isinstance(kind, GraphQLObjectType):
        return (kind,)
    if is_abstract_type(kind):
        return tuple(SCHEMA.get_possible_types(kind))
    return ()


def steps(kind: GraphQLObjectType) -> Iterator[tuple[str, str]]:
    """Each field that leads on to an object, with the type it may lead to."""
    for name, field in kind.fields.items():
        for member in members(get_named_type(field.type)):
            yield name, member.name


def everything(kind: GraphQLNamedType, path: tuple[str, ...] = ()) -> str:
    """A selection of all that can be asked of it without an argument, each type once on a path."""
    if isinstance(kind, GraphQLUnionType):
        parts = [f"... on {it.name} {everything(it, path)}" for it in kind.types]
        return f"{{ __typename {' '.join(parts)} }}"
    if not isinstance(kind, GraphQLObjectType):
        return "{ __typename }"
    fields = []
    for name, field in kind.fields.items():
        target = get_named_type(field.type)
        if any(is_required_argument(it) for it in field.args.values()) or target.name in path:
            continue
        inner = everything(target, (*path, kind.name)) if is_composite_type(target) else ""
        fields.append(f"{name} {inner}".strip())
    return f"{{ __typename {' '.join(fields)} }}"


def asking(root: str, *, only: str | None = None) -> str:
    """A document that calls the root's field with variables of its arguments' names.

    `only` is the one member of an interface that is asked for.
    """
    owner, _, name = root.partition(".")
    kind = SCHEMA.type_map[owner]
    if not isinstance(kind, GraphQLObjectType):
        raise TypeError(owner)
    field = kind.fields[name]
    target = get_named_type(field.type)
    wanted = everything(SCHEMA.type_map[only] if only else target)
    wanted = f"{{ __typename ... on {only} {wanted} }}" if only else wanted
    needed = {it: part for it, part in field.args.items() if is_required_argument(part)}
    declared = ", ".join(f"${it}: {part.type}" for it, part in needed.items())
    given = ", ".join(f"{it}: ${it}" for it in needed)
    head = f"({declared})" if needed else ""
    return f"{owner.lower()}{head} {{ {name}{f'({given})' if needed else ''} {wanted} }}"
