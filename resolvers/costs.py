"""What an operation costs, known from its document and its variables alone.

An object costs 1, a field that asks an upstream what its `cost` says, a leaf nothing. A list counts
as long as the argument that its field names in `size`, or as the number given there, or as ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

# What a list is taken for of which nobody said how long it is; a day has about so many free times.
USUAL_LENGTH = 10
# A size beyond this is refused by the field itself, and must not make numbers without end.
_LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """A number that a variable says, or `usual` where it says none."""

    variable: str
    usual: int

    def of(self, variables: Mapping[str, Any]) -> int:
        return _bounded(variables.get(self.variable), self.usual)


@dataclass(frozen=True, slots=True)
class Cost:
    """`fixed`, and for each of `scaled` a cost as many times as a variable says."""

    fixed: int = 0
    scaled: tuple[tuple[Size, "Cost"], ...] = ()

    def of(self, variables: Mapping[str, Any]) -> int:
        """Variables may be of any type: they are checked later."""
        return self.fixed + sum(size.of(variables) * it.of(variables) for size, it in self.scaled)

    def plus(self, other: "Cost") -> "Cost":
        return Cost(self.fixed + other.fixed, self.scaled + other.scaled)

    def times(self, size: int | Size) -> "Cost":
        if isinstance(size, Size):
            return Cost(0, ((size, self),))
        return Cost(self.fixed * size, tuple((it, inner.times(size)) for it, inner in self.scaled))


FREE = Cost()


def _bounded(value: object, usual: int) -> int:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(min(max(value, 0), _LONGEST))
    return usual


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    defaults: Mapping[str, ValueNode | None]
    known: dict[str, Cost] = field(default_factory=dict)

    def of(self, nodes: tuple[SelectionNode, ...], parent: GraphQLNamedType) -> Cost:
        whole = Cost()
        for node in nodes:
            whole = whole.plus(self._one(node, parent))
        return whole

    def _one(self, node: SelectionNode, parent: GraphQLNamedType) -> Cost:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = self.schema.type_map[condition.name.value] if condition else parent
            return self.of(node.selection_set.selections, inner)
        return Cost()

    def _fragment(self, name: str) -> Cost:
        if name not in self.known:
            fragment = self.fragments[name]
            kind = self.schema.type_map[fragment.type_condition.name.value]
            self.known[name] = self.of(fragment.selection_set.selections, kind)
        return self.known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Cost:
        definition: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:
            return Cost()  # __typename, introspection
        said = _said(definition)
        own = Cost(said.get("cost") or 0)
        kind = get_named_type(definition.type)
        if not is_composite_type(kind) or node.selection_set is None:
            return own
        each = Cost(1).plus(self.of(node.selection_set.selections, kind))
        return own.plus(each.times(self._size(node, definition, said.get("size"))))

    def _size(self, node: FieldNode, definition: GraphQLField, said: object) -> int | Size:
        if isinstance(said, str):
            return self._argument(node, definition, said)
        if isinstance(said, int):
            return said
        return USUAL_LENGTH if is_list_type(get_nullable_type(definition.type)) else 1

    def _argument(self, node: FieldNode, definition: GraphQLField, name: str) -> int | Size:
        usual = _bounded(definition.args[name].default_value, USUAL_LENGTH)
        given = next((it.value for it in node.arguments or () if it.name.value == name), None)
        if not isinstance(given, VariableNode):
            return _literal(given, usual)
        return Size(given.name.value, _literal(self.defaults.get(given.name.value), usual))


def _literal(node: ValueNode | None, usual: int) -> int:
    # The document was validated, so that the text is a number of 32 bits.
    return _bounded(int(node.value), usual) if isinstance(node, IntValueNode) else usual


def _said(definition: GraphQLField) -> Mapping[Any, Any]:
    found: Mapping[Any, Any] = getattr(
        definition.extensions.get("strawberry-definition"), "metadata", {}
    )
    return found


def cost_of(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    schema: GraphQLSchema,
) -> Cost:
    """The cost of a valid operation."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return Cost()
    defaults = {
        it.variable.name.value: it.default_value for it in operation.variable_definitions or ()
    }
    return _Walk(schema, fragments, defaults).of(operation.selection_set.selections, root)
