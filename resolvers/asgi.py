"""GraphQL over HTTP, as the GraphQL-over-HTTP specification has it.

Every answer is JSON of the form {"data", "errors"}, in `application/graphql-response+json` for
those who accept it, and carries the request's id. Strawberry's own view is not used: it answers
bodies such as `null` or bad UTF-16 with a 500, transport errors as plain text, reads bodies of any
size, and never answers in the media type above.
"""

from http import HTTPStatus

from graphql import GraphQLError
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult

from bff.edge_settings import EdgeSettings
from resolvers import answers
from resolvers.bodies import BadRequest, ClientGone, Operation
from resolvers.context import Caller, Context
from resolvers.errors import Unauthenticated, log
from resolvers.event_streams import EventStream, OpenStreams, single_event
from resolvers.incoming import ALLOWED, REQUEST_ID_HEADER, incoming, request_id_of
from resolvers.manifests import read_manifests
from resolvers.persisted import Documents, NotKnown
from resolvers.schema import ClubSchema, SchemaOptions
from resolvers.services import Services

# How long a CDN may answer for us; a twentieth of what slot ids live after they were shown.
PUBLIC_SECONDS = 45


def build_graphql_app(
    services: Services, options: SchemaOptions, edge: EdgeSettings | None = None
) -> ASGIApp:
    """The ASGI application of the GraphQL path; behind `bff.endpoints.authentication`.

    Errors: `BadManifest`.
    """
    return GraphQLApp(ClubSchema(options), services, edge or EdgeSettings())


class GraphQLApp:
    """One for all requests; what belongs to one of them is in its `Context`."""

    def __init__(self, schema: ClubSchema, services: Services, edge: EdgeSettings) -> None:
        self._schema = schema
        self._services = services
        self._streams = OpenStreams()
        self._documents = Documents(
            learns=edge.persisted_queries,
            policy=edge.trusted_documents,
            trusted=read_manifests(edge.trusted_document_files),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # A token could not be renewed over a WebSocket; the handshake is refused.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        request = Request(scope, receive)
        request_id = request_id_of(request)
        try:
            response = await self._answer(request, request_id)
        except ClientGone:
            return
        _complete_headers(response.headers, request_id)
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response | EventStream:
        try:
            operation = await incoming(request)
            return await self._carry_out(request, operation, request_id)
        except NotKnown as unknown:
            return answers.answer_to_name(request, self._schema.refused(unknown, request_id))
        except BadRequest as bad:
            return answers.refusal(request, bad, request_id)
        except ClientGone:
            raise
        except Exception as failure:  # noqa: BLE001 - the last line: nothing may pass unanswered
            log([GraphQLError("", original_error=failure)], request_id=request_id)
            said = "Something unexpected went wrong."
            broken = BadRequest(HTTPStatus.INTERNAL_SERVER_ERROR, said)
            return answers.refusal(request, broken, request_id)

    async def _carry_out(
        self, request: Request, operation: Operation, request_id: str
    ) -> Response | EventStream:
        """Errors: `BadRequest`, `NotKnown`."""
        text = self._documents.text_of(operation)
        reading = self._schema.read(text)
        if reading is not None and not reading.errors:
            self._documents.learn(operation, text)
        meant = reading.operation(operation.name) if reading is not None else None
        if meant is not None and meant.operation.value == "subscription":
            return self._stream(request, operation, text, request_id)
        result = await self._execute(request, operation, text, request_id)
        if answers.wants_events(request):
            return single_event(result)
        response = answers.answer(request, result)
        if not result.errors and _is_public(request):
            response.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"
        return response

    async def _execute(
        self, request: Request, operation: Operation, text: str, request_id: str
    ) -> ExecutionResult:
        try:
            return await self._schema.execute(
                text,
                variable_values=operation.variables,
                operation_name=operation.name,
                context_value=self._context(request, request_id),
                allowed_operation_types=ALLOWED[request.method],
            )
        except CannotGetOperationTypeError:
            said = "The document has no operation of that name, or several and none was named."
            raise BadRequest(HTTPStatus.BAD_REQUEST, said) from None
        except InvalidOperationTypeError:
            said = "Mutations must be sent by POST."
            raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, said) from None

    def _stream(
        self, request: Request, operation: Operation, text: str, request_id: str
    ) -> EventStream:
        """Errors: `BadRequest`."""
        if not answers.wants_events(request):
            said = f"Subscriptions are answered to who accepts {answers.EVENT_STREAM}."
            raise BadRequest(HTTPStatus.NOT_ACCEPTABLE, said)
        context = self._context(request, request_id)
        principal = context.caller.principal
        caller = principal.sub if principal is not None else context.caller.address
        self._streams.check(caller)
        lasts_seconds = None
        if principal is not None:
            left = principal.token_expires_at - self._services.clock.now()
            lasts_seconds = max(0.0, left.total_seconds())
        return EventStream(
            self._schema.results(text, operation.variables, operation.name, context),
            streams=self._streams,
            caller=caller,
            lasts_seconds=lasts_seconds,
            farewell=lambda: self._schema.refused(Unauthenticated("expired"), request_id),
        )

    def _context(self, request: Request, request_id: str) -> Context:
        state = request.scope.get("state", {})
        caller = Caller(
            principal=state.get("principal"),
            token_problem=state.get("token_problem"),
            address=state.get("client_address") or "",
        )
        return Context(services=self._services, caller=caller, request_id=request_id)


def _complete_headers(headers: MutableHeaders, request_id: str) -> None:
    headers[REQUEST_ID_HEADER] = request_id
    headers.setdefault("Cache-Control", "no-store")
    headers["Vary"] = "Accept, Authorization"


def _is_public(request: Request) -> bool:
    """Without a token nothing personal is answered, whatever was asked."""
    return request.method == "GET" and "authorization" not in request.headers
