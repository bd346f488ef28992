"""How large a document may be, judged before anything else looks at it.

Fragments are measured once and their figures added wherever they are spread, so that the work is
linear in the document, also where it would expand to millions of fields.
"""

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
)

from resolvers.errors import LIMIT_EXCEEDED, ApiError

# The app's largest screen needs about 80 tokens and 7 levels; these leave room for generated
# documents with overlapping fragments.
MAX_TOKENS = 2000
MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_ROOT_FIELDS = 20
MAX_FIELDS = 500
MAX_DIRECTIVES = 30
# Inline fragments and spreads add no depth to the answer, but each is a level of our own walk.
MAX_NESTING = 60

# One document, one decision: what moves money, and what tries a password, cannot be multiplied
# by aliases. A mutation that is sent twice must be two requests with their own answers.
_ONE_OF = (
    frozenset({"bookWithPoints", "bookWithCard", "confirmCardBooking", "cancelBooking"}),
    frozenset({"signIn", "refreshSession"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a selection expands to; `depth` counts levels of fields, `roots` its top fields."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    roots: int = 0
    singles: tuple[int, ...] = (0,) * len(_ONE_OF)

    def beside(self, other: "Measure") -> "Measure":
        return Measure(
            depth=max(self.depth, other.depth),
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            roots=self.roots + other.roots,
            singles=tuple(map(sum, zip(self.singles, other.singles, strict=True))),
        )


class _Refused(Exception):
    """The document breaks a limit; the message says which."""


@dataclass(slots=True)
class Walk:
    """One walk over one document. `visited` counts the nodes that it looked at.

    Introspection nests deeper than any screen, so where it is on, its depth is not counted.
    """

    fragments: dict[str, FragmentDefinitionNode]
    introspection: bool
    visited: int = 0
    directives: int = 0
    _measured: dict[str, Measure] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def of(self, selections: SelectionSetNode | None, nesting: int) -> Measure:
        if nesting > MAX_NESTING:
            raise _Refused(f"nests more than {MAX_NESTING} levels")
        whole = Measure()
        for node in selections.selections if selections else ():
            self.visited += 1
            self.directives += len(node.directives or ())
            whole = whole.beside(self._one(node, nesting))
        return whole

    def _one(self, node: SelectionNode, nesting: int) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, nesting)
        if isinstance(node, InlineFragmentNode):
            return self.of(node.selection_set, nesting + 1)
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value, nesting)
        raise _Refused("has a selection of an unknown kind")

    def _field(self, node: FieldNode, nesting: int) -> Measure:
        inner = self.of(node.selection_set, nesting + 1)
        name = node.name.value
        free = self.introspection and name in {"__schema", "__type"}
        return Measure(
            depth=1 if free else inner.depth + 1,
            fields=inner.fields + 1,
            aliases=inner.aliases + (node.alias is not None),
            roots=1,
            singles=tuple(int(name in names) for names in _ONE_OF),
        )

    def fragment(self, name: str, nesting: int) -> Measure:
        if name in self._open:
            raise _Refused(f"fragment {name} spreads itself")
        if name not in self._measured:
            definition = self.fragments.get(name)
            if definition is None:
                return Measure()  # an unknown fragment is for validation to name
            self._open.add(name)
            self.directives += len(definition.directives or ())
            self._measured[name] = self.of(definition.selection_set, nesting + 1)
            self._open.discard(name)
        return self._measured[name]


def walk_over(document: DocumentNode, *, introspection: bool) -> Walk:
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    return Walk(fragments=fragments, introspection=introspection)


def refusal(document: DocumentNode, *, introspection: bool) -> ApiError | None:
    """The limit that the document breaks, if any."""
    walk = walk_over(document, introspection=introspection)
    try:
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                walk.directives += len(node.directives or ())
                _check(node, walk.of(node.selection_set, 0))
        # Fragments that no operation spreads are validated all the same.
        for name in walk.fragments:
            _at_most(MAX_FIELDS, walk.fragment(name, 0).fields, "fields")
        _at_most(MAX_DIRECTIVES, walk.directives, "directives")
    except _Refused as refused:
        return ApiError(LIMIT_EXCEEDED, f"The document {refused}.")
    return None


def _check(node: OperationDefinitionNode, found: Measure) -> None:
    """An operation's limits; each by itself, since only one of a document is ever carried out."""
    _at_most(MAX_ROOT_FIELDS, found.roots, "root fields")
    _at_most(MAX_ALIASES, found.aliases, "aliases")
    _at_most(MAX_DEPTH, found.depth, "levels of fields")
    _at_most(MAX_FIELDS, found.fields, "fields")
    if node.operation is OperationType.MUTATION:
        for count, names in zip(found.singles, _ONE_OF, strict=True):
            if count > 1:
                raise _Refused(f"asks for more than one of {', '.join(sorted(names))}")


def _at_most(limit: int, found: int, what: str) -> None:
    if found > limit:
        raise _Refused(f"has more than {limit} {what}")
