"""What is answered, and in which of the media types that the caller takes."""

import json
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

from resolvers.bodies import BadRequest

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"


def media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def accepted(request: Request) -> str:
    """The newer media type where it is named and not less liked than the older."""
    liked = _liked(request)
    newer = liked.get(GRAPHQL_JSON, 0.0)
    return GRAPHQL_JSON if newer > 0 and newer >= liked.get(JSON, 0.0) else JSON


def wants_events(request: Request) -> bool:
    """Whether the caller would rather have a stream than any JSON."""
    liked = _liked(request)
    other = max(liked.get(GRAPHQL_JSON, 0.0), liked.get(JSON, 0.0))
    return liked.get(EVENT_STREAM, 0.0) > other


def _liked(request: Request) -> dict[str, float]:
    return dict(map(_preference, request.headers.get("accept", "").split(",")))


def _preference(part: str) -> tuple[str, float]:
    quality = re.search(r";\s*q=([01](?:\.[0-9]{0,3})?)", part)
    return media_type(part), float(quality[1]) if quality else 1.0


def is_unread(result: ExecutionResult) -> bool:
    """Whether nothing was carried out, which is said by leaving `data` out."""
    errors = result.errors or []
    return result.data is None and bool(errors) and all(it.path is None for it in errors)


def body_of(result: ExecutionResult) -> dict[str, Any]:
    errors = result.errors or []
    body: dict[str, Any] = {"errors": [error.formatted for error in errors]} if errors else {}
    if not is_unread(result):
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def answer(request: Request, result: ExecutionResult) -> Response:
    kind = accepted(request)
    # Clients of application/json take any status but 200 for a broken network.
    failed = is_unread(result) and kind == GRAPHQL_JSON
    return _response(body_of(result), HTTPStatus.BAD_REQUEST if failed else HTTPStatus.OK, kind)


def answer_to_name(request: Request, result: ExecutionResult) -> Response:
    """What Apollo's clients, which look into an answer of status 200 only, act on."""
    return _response(body_of(result), HTTPStatus.OK, accepted(request))


def refusal(request: Request, bad: BadRequest, request_id: str) -> Response:
    response = _response(_refusal_body(bad, request_id), bad.status, accepted(request))
    if bad.status is HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = "GET, POST"
    if bad.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(math.ceil(bad.retry_after_seconds))
    return response


# The same request may succeed later; a booking's key makes it safe to send again.
_RETRYABLE = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def _refusal_body(bad: BadRequest, request_id: str) -> dict[str, Any]:
    extensions: dict[str, Any] = {
        "code": bad.code,
        "retryable": bad.status in _RETRYABLE,
        "requestId": request_id,
    }
    if bad.retry_after_seconds is not None:
        extensions["retryAfterMs"] = math.ceil(bad.retry_after_seconds * 1000)
    return {"errors": [{"message": bad.message, "extensions": extensions}]}


def compact(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))


def _response(body: Mapping[str, Any], status: HTTPStatus, kind: str) -> Response:
    return Response(compact(body), status_code=status, media_type=kind)
