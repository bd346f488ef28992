"""From an HTTP request to the operation that it asks for, or to why not."""

import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from strawberry.types.graphql import OperationType

from resolvers.answers import JSON, media_type
from resolvers.bodies import BadRequest, Operation, checked_operation, read_body, read_json

REQUEST_ID_HEADER = "X-Request-Id"
# What proxies on the way pass on; a longer document goes by POST, or by its hash.
MAX_QUERY_STRING_BYTES = 16 * 1024

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8"})
# A GET can be repeated, kept and sent by any page; it must change nothing.
ALLOWED = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}


async def incoming(request: Request) -> Operation:
    """Errors: `BadRequest`, `ClientGone`."""
    if request.method not in ALLOWED:
        raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, "Use GET or POST.")
    if request.method == "GET":
        if len(request.scope["query_string"]) > MAX_QUERY_STRING_BYTES:
            said = f"The query string is longer than {MAX_QUERY_STRING_BYTES} bytes."
            code = "REQUEST_URI_TOO_LONG"
            raise BadRequest(HTTPStatus.REQUEST_URI_TOO_LONG, said, code=code)
        return checked_operation(_from_query(request.query_params))
    _check_kind(request.headers.get("content-type", ""))
    _check_coding(request.headers.get("content-encoding", ""))
    return checked_operation(read_json(await read_body(request.scope, request.receive)))


def _check_kind(content_type: str) -> None:
    """A page of any origin may send forms and plain text in a visitor's name, but not JSON."""
    if media_type(content_type) != JSON:
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The body must be {JSON}.")
    charset = _CHARSET.search(content_type)
    if charset is not None and charset[1].lower() not in _UTF8:
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be in UTF-8.")


def _check_coding(content_encoding: str) -> None:
    """What is small packed can be huge unpacked; a request of ours is small enough as it is."""
    if content_encoding.strip().lower() not in {"", "identity"}:
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must not be compressed.")


def _from_query(parameters: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        if data.get(name):
            data[name] = read_json(data[name], f"query parameter {name}")
        else:
            data.pop(name, None)
    return data


def request_id_of(request: Request) -> str:
    """The caller's own id where it is harmless, so that traces join up; else a new one."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
