"""Answers that others may keep: for how long, under which mark, and when the mark is enough."""

import base64
import hashlib
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from resolvers.cache_hints import CacheHint


def keepable(request: Request, response: Response, hint: CacheHint) -> Response:
    """The response with its mark, or a 304 for who has the same answer already.

    What is of the catalogue alone is the same for all: it varies with the media type, and neither a
    token nor its absence keeps it out of a CDN.
    """
    mark = _mark(response)
    headers = {"Cache-Control": hint.header, "ETag": mark, "Vary": hint.varies}
    if _names(request.headers.get("if-none-match", ""), mark):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    return response


def _mark(response: Response) -> str:
    """A weak one: the same answer in another spelling would do as well."""
    digest = hashlib.sha256(response.body).digest()[:18]
    kind = response.headers["content-type"].partition("/")[2][:1]
    return f'W/"{kind}{base64.urlsafe_b64encode(digest).decode()}"'


def _names(condition: str, mark: str) -> bool:
    marks = {it.strip().removeprefix("W/") for it in condition.split(",")}
    return "*" in marks or mark.removeprefix("W/") in marks
