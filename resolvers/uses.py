"""Which fields a document asks for: `Type.field`, known before anything is carried out.

An interface's field counts as the interface's; who asks for it gets it from every type behind it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    get_named_type,
)


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    found: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def over(self, nodes: tuple[SelectionNode, ...], parent: GraphQLNamedType) -> None:
        for node in nodes:
            if isinstance(node, FieldNode):
                self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self.schema.type_map[condition.name.value] if condition else parent
                self.over(node.selection_set.selections, inner)

    def _fragment(self, name: str) -> None:
        if name in self.seen:
            return
        self.seen.add(name)
        fragment = self.fragments[name]
        kind = self.schema.type_map[fragment.type_condition.name.value]
        self.over(fragment.selection_set.selections, kind)

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> None:
        definition: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:
            return  # __typename, introspection
        name = f"{parent.name}.{node.name.value}"
        self.found.add(name)
        for argument in node.arguments or ():
            known = definition.args[argument.name.value]
            if known.deprecation_reason is not None:
                self.found.add(f"{name}({argument.name.value}:)")
        if node.selection_set is not None:
            self.over(node.selection_set.selections, get_named_type(definition.type))


def fields_of(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    schema: GraphQLSchema,
) -> tuple[str, ...]:
    """The fields of a valid operation, and those of its arguments that are deprecated."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return ()
    walk = _Walk(schema, fragments)
    walk.over(operation.selection_set.selections, root)
    return tuple(sorted(walk.found))


def deprecated_in(schema: GraphQLSchema) -> frozenset[str]:
    """What shall go: fields and arguments, named as `fields_of` names them."""
    return frozenset(_deprecated(schema))


def _deprecated(schema: GraphQLSchema) -> Iterator[str]:
    for kind in schema.type_map.values():
        fields: Mapping[str, GraphQLField] = getattr(kind, "fields", {})
        for name, definition in fields.items():
            coordinate = f"{kind.name}.{name}"
            if definition.deprecation_reason is not None:
                yield coordinate
            for argument, known in getattr(definition, "args", {}).items():
                if known.deprecation_reason is not None:
                    yield f"{coordinate}({argument}:)"
