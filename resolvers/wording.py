"""graphql-core's words without the values in them.

It quotes what the client sent, in full: a password that was put where a number belongs would stand
in the answer, in whatever keeps the answer, and on a screen. Names are the document's own and stay;
places are told by `locations` and `path`.
"""

import re

from graphql import (
    ArgumentNode,
    DefinitionNode,
    DirectiveNode,
    GraphQLError,
    NameNode,
    SelectionNode,
    TypeNode,
    VariableDefinitionNode,
    VariableNode,
)

BAD_USER_INPUT = "BAD_USER_INPUT"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

# What graphql-core says of these holds names only. All else may quote a value: a scalar's parser
# gives no node at all, and an unknown field of an input comes with the whole input.
_NAMING = (
    *(NameNode, VariableNode, VariableDefinitionNode, ArgumentNode, DirectiveNode),
    *(SelectionNode, DefinitionNode, TypeNode),
)
_NAMED = re.compile(r"(Variable '\$\w{1,100}'|Argument '\w{1,100}')")


def without_values(error: GraphQLError, message: str, code: object) -> str:
    """The message where it holds names only, else one of ours; our own errors as they are."""
    if _is_our_own(error):
        return message
    if code == PARSE_FAILED:
        return "The document cannot be parsed."
    if code == BAD_USER_INPUT:
        named = _NAMED.match(message)
        return f"{named[1] if named else 'A value'} is not of the type that its place takes."
    if code == VALIDATION_FAILED and not _is_about_names(error):
        return "A value is not of the type that its place takes."
    return message


def _is_our_own(error: GraphQLError) -> bool:
    """Ours carry a code from the start."""
    return "code" in (error.extensions or {})


def _is_about_names(error: GraphQLError) -> bool:
    nodes = error.nodes or ()
    return bool(nodes) and all(isinstance(it, _NAMING) for it in nodes)
