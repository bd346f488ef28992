"""GraphQL over HTTP, as the GraphQL-over-HTTP specification has it.

Every answer is JSON of the form {"data", "errors"}, in `application/graphql-response+json` for
those who accept it, and carries the request's id. Strawberry's own view is not used: it answers
bodies such as `null` or bad UTF-16 with a 500, transport errors as plain text, reads bodies of any
size, and never answers in the media type above.
"""

import json
import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from resolvers.bodies import (
    BadRequest,
    ClientGone,
    Operation,
    checked_operation,
    read_body,
    read_json,
)
from resolvers.context import Caller, Context
from resolvers.errors import INTERNAL, log
from resolvers.schema import ClubSchema, SchemaOptions
from resolvers.services import Services

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
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
        response.headers[REQUEST_ID_HEADER] = request_id
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Vary"] = "Accept, Authorization"
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        try:
            operation = await _operation(request)
            result = await self._execute(request, operation, request_id)
        except BadRequest as bad:
            return _refusal(request, bad, request_id)
        except ClientGone:
            raise
        except Exception as failure:  # noqa: BLE001 - the last line: nothing may pass unanswered
            log([GraphQLError("", original_error=failure)], request_id=request_id)
            said = "Something unexpected went wrong."
            broken = BadRequest(HTTPStatus.INTERNAL_SERVER_ERROR, said)
            return _refusal(request, broken, request_id)
        response = _response(request, result)
        if not result.errors and _is_public(request):
            response.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"
        return response

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
        except InvalidOperationTypeError as wrong:
            raise _not_here(wrong.operation_type) from None

    def _context(self, request: Request, request_id: str) -> Context:
        state = request.scope.get("state", {})
        caller = Caller(
            principal=state.get("principal"),
            token_problem=state.get("token_problem"),
            address=state.get("client_address") or "",
        )
        return Context(services=self._services, caller=caller, request_id=request_id)


async def _operation(request: Request) -> Operation:
    """Errors: `BadRequest`, `ClientGone`."""
    if request.method not in _ALLOWED:
        raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, "Use GET or POST.")
    if request.method == "GET":
        return checked_operation(_from_query(request.query_params))
    if _media_type(request.headers.get("content-type", "")) != JSON:
        said = f"The body must be {JSON}."
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


def _not_here(operation_type: OperationType) -> BadRequest:
    if operation_type is OperationType.SUBSCRIPTION:
        said = "Subscriptions need a stream, which this address does not offer."
        return BadRequest(HTTPStatus.BAD_REQUEST, said)
    return BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, "Mutations must be sent by POST.")


def _response(request: Request, result: ExecutionResult) -> Response:
    errors = result.errors or []
    body: dict[str, Any] = {"errors": [error.formatted for error in errors]} if errors else {}
    # Without a path nothing was carried out, which is said by leaving `data` out.
    unread = result.data is None and bool(errors) and all(it.path is None for it in errors)
    if not unread:
        body["data"] = result.data
    media_type = _accepted(request)
    # Clients of application/json take any status but 200 for a broken network.
    status = HTTPStatus.BAD_REQUEST if unread and media_type == GRAPHQL_JSON else HTTPStatus.OK
    return _json(body, status, media_type)


def _refusal(request: Request, bad: BadRequest, request_id: str) -> Response:
    internal = bad.status is HTTPStatus.INTERNAL_SERVER_ERROR
    extensions = {
        "code": INTERNAL if internal else bad.status.name,
        "retryable": bad.status is HTTPStatus.REQUEST_TIMEOUT,
        "requestId": request_id,
    }
    body = {"errors": [{"message": bad.message, "extensions": extensions}]}
    response = _json(body, bad.status, _accepted(request))
    if bad.status is HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = "GET, POST"
    return response


def _json(body: Mapping[str, Any], status: HTTPStatus, media_type: str) -> Response:
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status_code=status, media_type=media_type)


def _accepted(request: Request) -> str:
    """The newer media type where it is named and not less liked than the older."""
    liked = dict(map(_preference, request.headers.get("accept", "").split(",")))
    newer = liked.get(GRAPHQL_JSON, 0.0)
    return GRAPHQL_JSON if newer > 0 and newer >= liked.get(JSON, 0.0) else JSON


def _preference(part: str) -> tuple[str, float]:
    quality = re.search(r";\s*q=([01](?:\.[0-9]{0,3})?)", part)
    return _media_type(part), float(quality[1]) if quality else 1.0


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _request_id(request: Request) -> str:
    """The caller's own id where it is harmless, so that traces join up; else a new one."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
