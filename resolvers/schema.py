"""The schema, put together; `python -m resolvers.schema` prints it."""

import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    lexicographic_sort_schema,
    print_schema,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError

from resolvers.booking_commands import BookingMutation
from resolvers.booking_lists import BookingQuery, BookingSubscription
from resolvers.catalogue import CatalogueQuery
from resolvers.context import Context
from resolvers.documents import Reader, Reading, ReadOnce
from resolvers.errors import log, presented
from resolvers.members import MemberQuery
from resolvers.node_query import NodeQuery
from resolvers.scalars import SCALARS
from resolvers.sessions import SessionMutation


@strawberry.type(description="What can be looked at.")
class Query(MemberQuery, NodeQuery, CatalogueQuery, BookingQuery):
    pass


@strawberry.type(
    description=(
        "What can be done. Expected refusals are members of each result; a document carries one "
        "mutation that books, and one that signs in, at most."
    )
)
class Mutation(SessionMutation, BookingMutation):
    pass


@strawberry.type(description="What can be watched.")
class Subscription(BookingSubscription):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaOptions:
    """All are for developers: strangers learn the schema's shape from none in production."""

    introspection: bool = False
    suggestions: bool = False
    costs: bool = False
    upstreams: bool = False


class ClubSchema(strawberry.Schema):
    """Answers hold only what `resolvers.errors` lets out; what it keeps back is logged."""

    def __init__(self, options: SchemaOptions) -> None:
        self._suggestions = options.suggestions
        self._reader = Reader(introspection=options.introspection, suggestions=options.suggestions)
        super().__init__(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            extensions=[lambda: ReadOnce(self._reader)],
            config=StrawberryConfig(
                scalar_map=SCALARS, disable_field_suggestions=not options.suggestions
            ),
        )

    @property
    def graphql(self) -> GraphQLSchema:
        return self._schema

    def read(self, text: str) -> Reading | None:
        """What the document asks; None where it cannot be parsed, which executing it will say."""
        try:
            return self._reader.read(text, self._schema)
        except GraphQLSyntaxError:
            return None

    def refused(self, error: GraphQLError, request_id: str) -> ExecutionResult:
        """The answer to what is refused without being carried out."""
        result: ExecutionResult = PreExecutionError(data=None, errors=[error])
        self._present(result, request_id)
        return result

    async def execute(self, query: str | None, *args: Any, **kwargs: Any) -> ExecutionResult:
        result = await super().execute(query, *args, **kwargs)
        self._present(result, _request_id(kwargs.get("context_value")))
        return result

    async def stream(
        self, query: str | None, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        results = await super().stream(query, *args, **kwargs)
        return self._presenting(results, _request_id(kwargs.get("context_value")))

    async def results(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """A subscription's results; nothing is begun before the first is asked for."""
        results = await self.stream(
            query,
            variable_values=variables,
            operation_name=operation_name,
            context_value=context,
        )
        async with aclosing(results):
            async for result in results:
                yield result

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Strawberry would log them here, texts and all; `_present` logs them instead."""

    async def _presenting(
        self, results: AsyncGenerator[Any, None], request_id: str
    ) -> AsyncGenerator[ExecutionResult, None]:
        try:
            async for result in results:
                self._present(result, request_id)
                yield result
        finally:
            await results.aclose()

    def _present(self, result: ExecutionResult, request_id: str) -> None:
        if not result.errors:
            return
        log(result.errors, request_id=request_id)
        before = isinstance(result, PreExecutionError)
        result.errors = [
            presented(
                error,
                request_id=request_id,
                before_execution=before,
                suggestions=self._suggestions,
            )
            for error in result.errors
        ]


def _request_id(context: object) -> str:
    return str(getattr(context, "request_id", "none"))


def sdl() -> str:
    """schema.graphql: sorted, so that moving code about changes nothing in it."""
    schema = ClubSchema(SchemaOptions())
    return print_schema(lexicographic_sort_schema(schema.graphql)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(sdl())
