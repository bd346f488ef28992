"""How long an answer may be kept by others, told by the types and fields that it is made of.

A type says with `@cached(...)`, a field with `resolved(..., cache=...)`, for how long it may be
kept. What says nothing may not be kept at all. The most restrictive hint of an operation wins, and
one PRIVATE hint makes the whole answer private; one hint for strangers only makes the whole answer
one that a member gets afresh. Names decide nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    get_named_type,
    is_composite_type,
)

C = TypeVar("C", bound=type)

# Names, pictures and prices; the CRM's and the venues' people change them a few times a week.
CATALOGUE_SECONDS = 300
# A twentieth of what slot ids live after they were shown, so that what a CDN shows can be booked.
AVAILABILITY_SECONDS = 45
# What lacks something because an upstream is away is to be asked for again soon.
LESSER_SECONDS = 5
# While we are away, a CDN may go on for so many times the usual, then the ids have ended, too.
STALE_FACTOR = 10


@dataclass(frozen=True, slots=True)
class CacheHint:
    """`strangers_only`: who is signed in may have moved it themselves, and is answered afresh."""

    max_age: int
    private: bool = False
    strangers_only: bool = False

    def with_(self, other: "CacheHint") -> "CacheHint":
        return CacheHint(
            min(self.max_age, other.max_age),
            self.private or other.private,
            self.strangers_only or other.strangers_only,
        )

    def for_(self, *, is_signed_in: bool) -> "CacheHint":
        return PRIVATE if is_signed_in and self.strangers_only else self

    @property
    def is_public(self) -> bool:
        return self.max_age > 0 and not self.private

    @property
    def varies(self) -> str:
        """The value of Vary for what may be kept; a member is not served what a stranger was."""
        return "Accept, Authorization" if self.strangers_only else "Accept"

    @property
    def header(self) -> str:
        """The value of Cache-Control."""
        if not self.is_public:
            return "no-store"
        age = self.max_age
        return (
            f"public, max-age={age}, s-maxage={age}, "
            f"stale-while-revalidate={age}, stale-if-error={STALE_FACTOR * age}"
        )


NEVER = CacheHint(0)
PRIVATE = CacheHint(0, private=True)
CATALOGUE = CacheHint(CATALOGUE_SECONDS)
AVAILABILITY = CacheHint(AVAILABILITY_SECONDS, strangers_only=True)
# What holds nothing of its own, such as a page's cursors.
_ANY = CacheHint(2**31)

_MARK = "__cache_hint__"


def cached(hint: CacheHint) -> Callable[[C], C]:
    """Mark a type's class; everything that returns it may be kept that long."""

    def mark(cls: C) -> C:
        setattr(cls, _MARK, hint)
        return cls

    return mark


def type_hint(kind: GraphQLNamedType) -> CacheHint | None:
    origin = getattr(kind.extensions.get("strawberry-definition"), "origin", None)
    # Of the class itself: what inherits from a public type is not public by that.
    found = vars(origin).get(_MARK) if origin is not None else None
    return found if isinstance(found, CacheHint) else None


def field_hint(definition: GraphQLField) -> CacheHint | None:
    metadata = getattr(definition.extensions.get("strawberry-definition"), "metadata", {})
    found = metadata.get("cache")
    return found if isinstance(found, CacheHint) else None


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, CacheHint] = field(default_factory=dict)

    def of(self, nodes: tuple[SelectionNode, ...], parent: GraphQLNamedType) -> CacheHint:
        whole = _ANY
        for node in nodes:
            whole = whole.with_(self._one(node, parent))
        return whole

    def _one(self, node: SelectionNode, parent: GraphQLNamedType) -> CacheHint:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = self.schema.type_map[condition.name.value] if condition else parent
            return self.of(node.selection_set.selections, inner)
        return NEVER

    def _fragment(self, name: str) -> CacheHint:
        if name not in self.known:
            fragment = self.fragments[name]
            kind = self.schema.type_map[fragment.type_condition.name.value]
            self.known[name] = self.of(fragment.selection_set.selections, kind)
        return self.known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> CacheHint:
        if node.name.value == "__typename":
            return _ANY
        known = isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType))
        definition = parent.fields.get(node.name.value) if known else None  # type: ignore[attr-defined]  # known
        if definition is None:
            return NEVER  # introspection
        kind = get_named_type(definition.type)
        is_object = is_composite_type(kind)
        said = [it for it in (field_hint(definition), type_hint(kind)) if it is not None]
        if not said and (is_object or parent is self.schema.query_type):
            return NEVER
        whole = _ANY
        for hint in said:
            whole = whole.with_(hint)
        if node.selection_set is not None:
            whole = whole.with_(self.of(node.selection_set.selections, kind))
        return whole


def policy_of(
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDefinitionNode],
    schema: GraphQLSchema,
) -> CacheHint:
    """For how long answers to a valid operation may be kept, at most."""
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        return NEVER
    walk = _Walk(schema, fragments)
    found = walk.of(operation.selection_set.selections, schema.query_type)
    # `{ __typename }` alone says nothing worth keeping.
    return NEVER if found == _ANY else found
