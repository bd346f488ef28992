"""Reading a request's body: bounded before it is read, strict in what it takes for JSON."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope

# A hundred times the app's largest request.
MAX_BODY_BYTES = 100 * 1024
# A phone on a bad line sends a few kilobytes in far less; who takes longer holds a place for free.
BODY_PATIENCE_SECONDS = 15.0
# More digits than any length has; text of thousands of them is no number to Python.
_MAX_DIGITS = 18


class BadRequest(Exception):
    """The request cannot be carried out as it stands; the message is for the client."""

    # Which rate the caller has used up, where one was.
    limit: str | None = None

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        code: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or status.name
        self.retry_after_seconds = retry_after_seconds


class ClientGone(Exception):
    """The client left before its body had come."""


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """Errors: `BadRequest`, `ClientGone`."""
    if _announced(scope) > MAX_BODY_BYTES:
        raise too_large()
    try:
        async with asyncio.timeout(BODY_PATIENCE_SECONDS):
            return await _read(receive)
    except TimeoutError:
        raise BadRequest(HTTPStatus.REQUEST_TIMEOUT, "The body took too long.") from None


def too_large() -> BadRequest:
    said = f"The body is larger than {MAX_BODY_BYTES} bytes."
    # Later versions of Python call the status by another name; apps know this one.
    code = "REQUEST_ENTITY_TOO_LARGE"
    return BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said, code=code)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value[:_MAX_DIGITS].isdigit():
            return int(value[:_MAX_DIGITS])
    return 0


async def _read(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise too_large()
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def read_json(data: str | bytes, what: str = "body") -> Any:
    """`what`: what an error calls it. Errors: `BadRequest`."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        found = json.loads(text, parse_constant=_no_constant)
        if "\\ud" in text.lower():
            # Half a surrogate pair is JSON, but no text: it would fail wherever it is stored.
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise BadRequest(HTTPStatus.BAD_REQUEST, f"The {what} is not JSON in UTF-8.") from None
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a request asks: a text, or the name of one that we may know.

    `sha256` is Apollo's `extensions.persistedQuery.sha256Hash`, `document_id` the top-level
    `documentId` of the GraphQL-over-HTTP drafts.
    """

    query: str | None
    name: str | None
    variables: dict[str, Any] | None
    sha256: str | None
    document_id: str | None


def checked_operation(data: object) -> Operation:
    """The operation's parts, each of its own type. Errors: `BadRequest`."""
    if isinstance(data, list):
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Batches are not taken: send one at a time.")
    if not isinstance(data, dict):
        raise BadRequest(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    for part, kind, said in _PARTS:
        if not isinstance(data.get(part), (kind, type(None))):
            raise BadRequest(HTTPStatus.BAD_REQUEST, f"`{part}` must be {said}.")
    query = data.get("query")
    return Operation(
        query=query if query and query.strip() else None,
        name=data.get("operationName") or None,
        variables=data.get("variables"),
        sha256=_persisted(data.get("extensions") or {}),
        document_id=data.get("documentId"),
    )


def _persisted(extensions: dict[str, Any]) -> str | None:
    """Errors: `BadRequest`."""
    named = extensions.get("persistedQuery")
    if named is None:
        return None
    if not isinstance(named, dict) or named.get("version") != 1:
        said = "`extensions.persistedQuery` must be an object of version 1."
        raise BadRequest(HTTPStatus.BAD_REQUEST, said)
    sha256 = named.get("sha256Hash")
    if not isinstance(sha256, str) or not 0 < len(sha256) <= _LONGEST_NAME:
        said = "`extensions.persistedQuery.sha256Hash` must be a short string."
        raise BadRequest(HTTPStatus.BAD_REQUEST, said)
    return sha256.lower() if len(sha256) == _SHA256_DIGITS else sha256


_SHA256_DIGITS = 64
# A manifest may name its documents in words, too.
_LONGEST_NAME = 128
_PARTS: tuple[tuple[str, type, str], ...] = (
    ("query", str, "a string"),
    ("operationName", str, "a string or null"),
    ("variables", dict, "an object or null"),
    ("extensions", dict, "an object or null"),
    ("documentId", str, "a string or null"),
)
