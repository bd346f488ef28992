"""The envelopes: what a success and a refusal look like."""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

_JSON = "application/json"


class Refusal(Exception):
    """The call is answered with this status and text instead of data."""

    def __init__(self, status: int, msg: str) -> None:
        super().__init__(msg)
        self.status = status
        self.msg = msg


def encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def trace_id(now_seconds: float) -> str:
    """`<epoch seconds>.<uuid4>`: names the HTTP call, not a reservation request."""
    return f"{int(now_seconds)}.{uuid.uuid4()}"


def answer(data: Any, trace: str, **top_level: Any) -> Response:
    body = {"status": 200, "data": data, **top_level, "request_id": trace}
    return Response(encode(body), media_type=_JSON)


def answer_availability(parts: Iterable[bytes], trace: str) -> Response:
    """Joins what was encoded before, so that a busy venue list costs no encoding."""
    body = b'{"status":200,"data":{"availability":[%b]},"request_id":"%b"}'
    return Response(body % (b",".join(parts), trace.encode()), media_type=_JSON)


def answer_range(dates: Mapping[str, bytes], venue: bytes, trace: str) -> Response:
    """Likewise, an entry a date."""
    entries = b",".join(b'"%b":%b' % (day.encode(), body) for day, body in dates.items())
    body = b'{"status":200,"data":{"dates":{%b},"venue":%b},"request_id":"%b"}'
    return Response(body % (entries, venue, trace.encode()), media_type=_JSON)


def refuse(status: int, msg: str, trace: str) -> Response:
    """Error envelope: CONFIRMED-C, seen by three clients."""
    body = {"status": status, "msg": msg, "request_id": trace}
    return Response(encode(body), status_code=status, media_type=_JSON)
