"""What a mutation is counted as, beside being a request: told by its field, not by its name."""

from collections.abc import Iterator, Mapping
from enum import Enum

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)


class Kind(Enum):
    BOOKS = "moves money or places"
    SIGNS_IN = "tries a password or a refresh token"


def kinds_of(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    schema: GraphQLSchema,
) -> tuple[Kind, ...]:
    """One for each root field of a valid operation that is of a kind."""
    root = schema.get_root_type(operation.operation)
    found = []
    for name in _root_names(operation.selection_set.selections, fragments):
        definition = root.fields.get(name) if root is not None else None
        extensions = definition.extensions if definition is not None else {}
        kind = getattr(extensions.get("strawberry-definition"), "metadata", {}).get("kind")
        found += [kind] if isinstance(kind, Kind) else []
    return tuple(found)


def _root_names(
    nodes: tuple[SelectionNode, ...], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[str]:
    # The document has passed its limits: fragments end, and spread to some hundreds of fields.
    for node in nodes:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, FragmentSpreadNode):
            inner = fragments[node.name.value].selection_set.selections
            yield from _root_names(inner, fragments)
        elif isinstance(node, InlineFragmentNode):
            yield from _root_names(node.selection_set.selections, fragments)
