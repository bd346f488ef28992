"""Reading a document: parse, measure, validate; each text once.

One cache takes the place of Strawberry's ParserCache and ValidationCache: its key is the text
alone, since limits and rules never change while a schema lives. Strawberry's own would hash the
whole document again for each request, and could not stop before validation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cachetools import LRUCache
from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension

from resolvers.cache_hints import NEVER, CacheHint, policy_of
from resolvers.costs import FREE, Cost, cost_of
from resolvers.errors import ApiError
from resolvers.kinds import Kind, kinds_of
from resolvers.limits import MAX_TOKENS, refusal
from resolvers.uses import fields_of
from resolvers.wording import BAD_USER_INPUT

# Texts of an app are a few dozen; a stranger who varies them only evicts strangers' texts sooner.
CACHED_DOCUMENTS = 512
# Longer texts are read anew each time, so that the cache stays within a few megabytes.
_LONGEST_CACHED = 8 * 1024

_RULES: tuple[type[ASTValidationRule], ...] = tuple(specified_rules)
_RULES_WITHOUT_INTROSPECTION = (*_RULES, NoSchemaIntrospectionCustomRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an operation before anything is carried out.

    The defaults are those of a document that cannot be carried out.
    """

    name: str | None = None
    kind: OperationType = OperationType.QUERY
    policy: CacheHint = NEVER
    cost: Cost = FREE
    kinds: tuple[Kind, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`errors` is empty when the document may be executed."""

    document: DocumentNode
    operations: tuple[Facts, ...]
    errors: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> Facts | None:
        """The one that a request means; None where there is none, or more than one."""
        meant = [it for it in self.operations if name is None or it.name == name]
        return meant[0] if len(meant) == 1 else None


class Reader:
    def __init__(self, *, introspection: bool, suggestions: bool) -> None:
        self._introspection = introspection
        self._suggestions = suggestions
        self._rules = _RULES if introspection else _RULES_WITHOUT_INTROSPECTION
        self._cache: LRUCache[str, Reading] = LRUCache(CACHED_DOCUMENTS)

    def read(self, text: str, schema: GraphQLSchema) -> Reading:
        """Errors: `GraphQLSyntaxError`, which is not kept, since a raised one keeps its frames."""
        known = self._cache.get(text)
        if known is not None:
            return known
        reading = self._read(text, schema)
        if len(text) <= _LONGEST_CACHED:
            self._cache[text] = reading
        return reading

    def _read(self, text: str, schema: GraphQLSchema) -> Reading:
        document = parse(text, max_tokens=MAX_TOKENS)
        errors = tuple(self._errors(document, schema))
        operations = _facts(document, schema, is_valid=not errors)
        return Reading(document=document, operations=operations, errors=errors)

    def _errors(self, document: DocumentNode, schema: GraphQLSchema) -> Sequence[GraphQLError]:
        refused = refusal(document, introspection=self._introspection)
        if refused is not None:
            return (refused,)
        return validate(
            schema, document, self._rules, hide_suggestions=not self._suggestions, max_errors=20
        )


def _facts(document: DocumentNode, schema: GraphQLSchema, *, is_valid: bool) -> tuple[Facts, ...]:
    fragments = {
        it.name.value: it for it in document.definitions if isinstance(it, FragmentDefinitionNode)
    }
    found = [it for it in document.definitions if isinstance(it, OperationDefinitionNode)]
    return tuple(
        Facts(
            name=it.name.value if it.name else None,
            kind=it.operation,
            policy=policy_of(it, fragments, schema),
            cost=cost_of(it, fragments, schema),
            kinds=kinds_of(it, fragments, schema),
            fields=fields_of(it, fragments, schema),
        )
        if is_valid
        else Facts(name=it.name.value if it.name else None, kind=it.operation)
        for it in found
    )


class ReadOnce(SchemaExtension):
    """Puts a reading in the place of Strawberry's parsing and validation."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._errors: tuple[GraphQLError, ...] = ()

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        # Strawberry refuses an absent text before it comes here.
        reading = self._reader.read(context.query or "", context.schema._schema)  # noqa: SLF001
        context.graphql_document, self._errors = reading.document, reading.errors
        # Strawberry would carry out the first of several, which may be the wrong one to pay.
        if len(reading.operations) > 1 and context._provided_operation_name is None:  # noqa: SLF001
            raise ApiError(BAD_USER_INPUT, "Name the operation: the document has several.")
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = list(self._errors)
        yield
