"""How large a document may be, judged before anything else looks at it.

Fragments are measured once and their figures added wherever they are spread, so that the work is
linear in the document, also where it would expand to millions of fields.
"""

from collections import Counter
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
# Pairs of fields of one name in one place: thirty fragments that each ask for id, name and
# __typename make 1,305. Validation takes 6 microseconds for a pair.
MAX_REPEATS = 2000
# Inline fragments and spreads add no depth to the answer, but each is a level of our own walk.
MAX_NESTING = 60

# One document, one decision: what moves money, and what tries a password, cannot be multiplied
# by aliases. A mutation that is sent twice must be two requests with their own answers.
_ONE_OF = (
    frozenset({"bookWithPoints", "bookWithCard", "confirmCardBooking", "cancelBooking"}),
    frozenset({"signIn", "refreshSession"}),
)


@dataclass(slots=True, kw_only=True)
class Measure:
    """What a selection expands to, fragments and all.

    `depth` counts levels of fields; `names` how often each response name stands at the top level;
    `repeats` the pairs of equal names below it, which validation compares one by one.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    repeats: int = 0
    names: Counter[str] = field(default_factory=Counter)
    singles: Counter[frozenset[str]] = field(default_factory=Counter)

    def add(self, other: "Measure") -> None:
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.repeats += other.repeats
        # At once, so that no more names are ever added up than fields are allowed.
        _at_most(MAX_FIELDS, self.fields, "fields")
        self.names.update(other.names)
        self.singles.update(other.singles)

    @property
    def all_repeats(self) -> int:
        return self.repeats + sum(count * (count - 1) // 2 for count in self.names.values())


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
            whole.add(self._one(node, nesting))
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
            repeats=inner.all_repeats,
            names=Counter((node.alias.value if node.alias else name,)),
            singles=Counter(names for names in _ONE_OF if name in names),
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
    return judged(walk_over(document, introspection=introspection), document)


def judged(walk: Walk, document: DocumentNode) -> ApiError | None:
    try:
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                walk.directives += len(node.directives or ())
                _check(node, walk.of(node.selection_set, 0))
        # Fragments that no operation spreads are validated all the same.
        for name in walk.fragments:
            _at_most(MAX_REPEATS, walk.fragment(name, 0).all_repeats, "repeated fields")
        _at_most(MAX_DIRECTIVES, walk.directives, "directives")
    except _Refused as refused:
        return ApiError(LIMIT_EXCEEDED, f"The document {refused}.")
    return None


def _check(node: OperationDefinitionNode, found: Measure) -> None:
    """An operation's limits; each by itself, since only one of a document is ever carried out."""
    _at_most(MAX_ROOT_FIELDS, found.names.total(), "root fields")
    _at_most(MAX_ALIASES, found.aliases, "aliases")
    _at_most(MAX_DEPTH, found.depth, "levels of fields")
    _at_most(MAX_REPEATS, found.all_repeats, "repeated fields")
    if node.operation is OperationType.MUTATION:
        for names, count in found.singles.items():
            if count > 1:
                raise _Refused(f"asks for more than one of {', '.join(sorted(names))}")


def _at_most(limit: int, found: int, what: str) -> None:
    if found > limit:
        raise _Refused(f"has more than {limit} {what}")
