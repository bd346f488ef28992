"""GraphQL over HTTP, as the GraphQL-over-HTTP specification has it.

Every answer is JSON of the form {"data", "errors"}, in `application/graphql-response+json` for
those who accept it, and carries the request's id. Strawberry's own view is not used: it answers
bodies such as `null` or bad UTF-16 with a 500, transport errors as plain text, reads bodies of any
size, and never answers in the media type above.
"""

import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from resolvers import answers
from resolvers.bodies import (
    BadRequest,
    ClientGone,
    Operation,
    checked_operation,
    read_body,
    read_json,
)
from resolvers.context import Caller, Context
from resolvers.errors import Unauthenticated, log
from resolvers.event_streams import EventStream, OpenStreams, single_event
from resolvers.schema import ClubSchema, SchemaOptions
from resolvers.services import Services

REQUEST_ID_HEADER = "X-Request-Id"
# How long a CDN may answer for us; a twentieth of what slot ids live after they were shown.
PUBLIC_SECONDS = 45

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
# A GET can be repeated, kept and sent by any page; it must change nothing.
_ALLOWED = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}


def build_graphql_app(services: Services, options: SchemaOptions) -> ASGIApp:
    """The ASGI application of the GraphQL path; behind `bff.endpoints.authentication`."""
    return GraphQLApp(ClubSchema(options), services)


class GraphQLApp:
    """One for all requests; what belongs to one of them is in its `Context`."""

    def __init__(self, schema: ClubSchema, services: Services) -> None:
        self._schema = schema
        self._services = services
        self._streams = OpenStreams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # A token could not be renewed over a WebSocket; the handshake is refused.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        request = Request(scope, receive)
        request_id = _request_id(request)
        try:
            response = await self._answer(request, request_id)
        except ClientGone:
            return
        _complete_headers(response.headers, request_id)
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response | EventStream:
        try:
            operation = await _operation(request)
            meant = self._meant(operation)
            if meant is not None and meant.operation.value == "subscription":
                return self._stream(request, operation, request_id)
            result = await self._execute(request, operation, request_id)
        except BadRequest as bad:
            return answers.refusal(request, bad, request_id)
        except ClientGone:
            raise
        except Exception as failure:  # noqa: BLE001 - the last line: nothing may pass unanswered
            log([GraphQLError("", original_error=failure)], request_id=request_id)
            said = "Something unexpected went wrong."
            broken = BadRequest(HTTPStatus.INTERNAL_SERVER_ERROR, said)
            return answers.refusal(request, broken, request_id)
        if answers.wants_events(request):
            return single_event(result)
        response = answers.answer(request, result)
        if not result.errors and _is_public(request):
            response.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"
        return response

    def _meant(self, operation: Operation) -> OperationDefinitionNode | None:
        reading = self._schema.read(operation.query)
        return reading.operation(operation.name) if reading is not None else None

    async def _execute(
        self, request: Request, operation: Operation, request_id: str
    ) -> ExecutionResult:
        try:
            return await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                operation_name=operation.name,
                context_value=self._context(request, request_id),
                allowed_operation_types=_ALLOWED[request.method],
            )
        except CannotGetOperationTypeError:
            said = "The document has no operation of that name, or several and none was named."
            raise BadRequest(HTTPStatus.BAD_REQUEST, said) from None
        except InvalidOperationTypeError:
            said = "Mutations must be sent by POST."
            raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, said) from None

    def _stream(self, request: Request, operation: Operation, request_id: str) -> EventStream:
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
            self._schema.results(operation.query, operation.variables, operation.name, context),
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


async def _operation(request: Request) -> Operation:
    """Errors: `BadRequest`, `ClientGone`."""
    if request.method not in _ALLOWED:
        raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, "Use GET or POST.")
    if request.method == "GET":
        return checked_operation(_from_query(request.query_params))
    if answers.media_type(request.headers.get("content-type", "")) != answers.JSON:
        said = f"The body must be {answers.JSON}."
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said)
    return checked_operation(read_json(await read_body(request.scope, request.receive)))


def _is_public(request: Request) -> bool:
    """Without a token nothing personal is answered, whatever was asked."""
    return request.method == "GET" and "authorization" not in request.headers


def _from_query(parameters: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        if data.get(name):
            data[name] = read_json(data[name])
        else:
            data.pop(name, None)
    return data


def _request_id(request: Request) -> str:
    """The caller's own id where it is harmless, so that traces join up; else a new one."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
