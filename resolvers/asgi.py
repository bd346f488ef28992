"""GraphQL over HTTP, as the GraphQL-over-HTTP specification has it.

Every answer is JSON of the form {"data", "errors"}, in `application/graphql-response+json` for
those who accept it, and carries the request's id. Strawberry's own view is not used: it answers
bodies such as `null` or bad UTF-16 with a 500, transport errors as plain text, reads bodies of any
size, and never answers in the media type above.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from graphql import GraphQLError, OperationType
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult

from bff.edge_settings import EdgeSettings
from clients.tracing import span
from resolvers import answers, telling
from resolvers.admission import Admission
from resolvers.apps import Apps
from resolvers.bodies import BadRequest, ClientGone, Operation
from resolvers.cache_hints import LESSER_SECONDS, CacheHint
from resolvers.conditional import keepable
from resolvers.context import Caller, Context
from resolvers.documents import Facts
from resolvers.errors import LIMIT_EXCEEDED, ApiError, Unauthenticated, log
from resolvers.event_streams import EventStream, OpenStreams, single_event
from resolvers.extensions import Extensions
from resolvers.incoming import ALLOWED, REQUEST_ID_HEADER, incoming, request_id_of
from resolvers.manifests import read_manifests
from resolvers.persisted import Documents, NotKnown
from resolvers.rates import Rates
from resolvers.schema import ClubSchema, SchemaOptions
from resolvers.services import Services
from resolvers.uses import deprecated_in


def build_graphql_app(
    services: Services,
    options: SchemaOptions,
    edge: EdgeSettings | None = None,
    watch: telling.Watch = telling.SILENT,
) -> "GraphQLApp":
    """The ASGI application of the GraphQL path; behind `bff.endpoints.authentication`.

    Errors: `BadManifest`.
    """
    return GraphQLApp(services, options, edge or EdgeSettings(), watch)


class GraphQLApp:
    """One for all requests; what belongs to one of them is in its `Context`."""

    def __init__(
        self,
        services: Services,
        options: SchemaOptions,
        edge: EdgeSettings,
        watch: telling.Watch,
    ) -> None:
        self._schema = ClubSchema(options)
        self._services = services
        self._extensions = Extensions(options, edge.max_cost)
        self._max_cost = edge.max_cost
        self._watch = watch
        self._apps = Apps(edge.app_names)
        self._streams = OpenStreams()
        self._rates = Rates(edge.rates)
        self._admission = Admission(edge.max_requests, edge.deadline_seconds, services.clock)
        self._documents = Documents(
            learns=edge.persisted_queries,
            policy=edge.trusted_documents,
            trusted=read_manifests(edge.trusted_document_files),
        )
        self._names = telling.Names(self._trusted_names())

    @property
    def deprecated(self) -> frozenset[str]:
        """Fields and arguments of the schema that shall go."""
        return deprecated_in(self._schema.graphql)

    async def is_calm(self) -> bool:
        """Whether nobody was sent away lately for want of room; a readiness check."""
        return await self._admission.is_calm()

    async def drain(self) -> None:
        """Finish what goes on without its client; before the services are closed."""
        await self._admission.drain()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # A token could not be renewed over a WebSocket; the handshake is refused.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        request = Request(scope, receive)
        request_id = request_id_of(request)
        account = telling.Account(app=self._apps.of(request.headers))
        self._watch.request_began()
        try:
            response = await self._answer(request, request_id, account)
        except ClientGone:
            account.outcome = telling.Outcome.GONE
            return
        finally:
            account.close()
            self._watch.request_ended(account)
        _complete_headers(response.headers, request_id)
        await response(scope, receive, send)

    async def _answer(
        self, request: Request, request_id: str, account: telling.Account
    ) -> Response | EventStream:
        try:
            caller = _caller(request.scope)
            self._rates.take(caller, self._services.clock.now())
            self._admission.check()
            operation = await incoming(request)
            # A body that comes slowly holds no place; what it asks for does.
            with self._admission.admitted():
                context = Context(services=self._services, caller=caller, request_id=request_id)
                return await self._carry_out(request, operation, context, account)
        except ApiError as refused:
            result = self._schema.refused(refused, request_id)
            account.answered(result)
            if isinstance(refused, NotKnown):
                return answers.answer_to_name(request, result)
            return answers.answer(request, result)
        except BadRequest as bad:
            account.refused(bad)
            return answers.refusal(request, bad, request_id)
        except ClientGone:
            raise
        except Exception as failure:  # noqa: BLE001 - the last line: nothing may pass unanswered
            log([GraphQLError("", original_error=failure)], request_id=request_id)
            said = "Something unexpected went wrong."
            broken = BadRequest(HTTPStatus.INTERNAL_SERVER_ERROR, said)
            account.refused(broken)
            return answers.refusal(request, broken, request_id)

    async def _carry_out(
        self, request: Request, operation: Operation, context: Context, account: telling.Account
    ) -> Response | EventStream:
        """Errors: `BadRequest`, `ApiError`, `ClientGone`."""
        text = self._documents.text_of(operation)
        with span("graphql read"):
            reading = self._schema.read(text)
        facts = reading.operation(operation.name) if reading is not None else None
        if reading is not None and not reading.errors:
            self._documents.learn(operation, text)
            if facts is not None:
                account.names(facts, self._names.of(facts))
        turn = _Turn(request, operation, text, facts or Facts(), context)
        account.cost, account.problems = self._judged(turn), context.problems
        if turn.facts.kind is OperationType.SUBSCRIPTION:
            return self._stream(turn, account)
        with self._extensions.gathering() as extensions:
            result = await self._admission.carried_out(
                self._execute(turn),
                request.receive,
                is_write=turn.facts.kind is OperationType.MUTATION,
            )
        result.extensions = extensions(account.cost)
        account.answered(result)
        if answers.wants_events(request):
            return single_event(result)
        response = answers.answer(request, result)
        hint = turn.hint()
        if request.method == "GET" and hint.is_public and not result.errors:
            return keepable(request, response, hint)
        return response

    def _judged(self, turn: "_Turn") -> int:
        """What the operation costs. Errors: `ApiError`, `BadRequest`."""
        cost = turn.facts.cost.of(turn.operation.variables or {})
        if cost > self._max_cost:
            said = f"The operation costs {cost}; {self._max_cost} is the most."
            raise ApiError(LIMIT_EXCEEDED, said)
        now = self._services.clock.now()
        self._rates.take_kinds(turn.facts.kinds, turn.context.caller, now)
        return cost

    async def _execute(self, turn: "_Turn") -> ExecutionResult:
        try:
            with span("graphql execute"):
                return await self._schema.execute(
                    turn.text,
                    variable_values=turn.operation.variables,
                    operation_name=turn.operation.name,
                    context_value=turn.context,
                    allowed_operation_types=ALLOWED[turn.request.method],
                )
        except CannotGetOperationTypeError:
            said = "The document has no operation of that name, or several and none was named."
            raise BadRequest(HTTPStatus.BAD_REQUEST, said) from None
        except InvalidOperationTypeError:
            said = "Mutations must be sent by POST."
            raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, said) from None

    def _stream(self, turn: "_Turn", account: telling.Account) -> EventStream:
        """Errors: `BadRequest`."""
        if not answers.wants_events(turn.request):
            said = f"Subscriptions are answered to who accepts {answers.EVENT_STREAM}."
            raise BadRequest(HTTPStatus.NOT_ACCEPTABLE, said)
        context = turn.context
        principal = context.caller.principal
        caller = principal.sub if principal is not None else context.caller.address
        self._streams.check(caller)
        lasts_seconds = None
        if principal is not None:
            left = principal.token_expires_at - self._services.clock.now()
            lasts_seconds = max(0.0, left.total_seconds())
        account.outcome = telling.Outcome.ANSWERED
        return EventStream(
            self._schema.results(turn.text, turn.operation.variables, turn.operation.name, context),
            streams=self._streams,
            caller=caller,
            lasts_seconds=lasts_seconds,
            farewell=lambda: self._schema.refused(Unauthenticated("expired"), context.request_id),
        )

    def _trusted_names(self) -> Iterator[str]:
        """Reading them also spares their first callers the work."""
        for text in self._documents.trusted_texts:
            reading = self._schema.read(text)
            if reading is not None and not reading.errors:
                yield from (it.name for it in reading.operations if it.name is not None)


def _caller(scope: Scope) -> Caller:
    """What the authentication before us found."""
    state = scope.get("state", {})
    return Caller(
        principal=state.get("principal"),
        token_problem=state.get("token_problem"),
        address=state.get("client_address") or "",
    )


def _complete_headers(headers: MutableHeaders, request_id: str) -> None:
    headers[REQUEST_ID_HEADER] = request_id
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Vary", "Accept, Authorization")


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request on its way through."""

    request: Request
    operation: Operation
    text: str
    facts: Facts
    context: Context

    def hint(self) -> CacheHint:
        """For how long the answer may be kept, now that it is there."""
        lesser = CacheHint(LESSER_SECONDS)
        lacks = self.context.loaders.lacks_something
        found = self.facts.policy.with_(lesser) if lacks else self.facts.policy
        return found.for_(is_signed_in=self.context.caller.principal is not None)
