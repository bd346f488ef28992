"""An upstream that is honest until told otherwise, then answers everybody with a canary."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

CANARY = "zq7canary"

_WORDS = ("message", "error", "Error", "detail", "msg", "Message", "__type", "trace", "status")
_BODIES = (
    json.dumps(dict.fromkeys(_WORDS, CANARY)),
    json.dumps({"data": CANARY, "errors": [CANARY], "Records": {"a": CANARY}}),
    json.dumps({"error": {"message": CANARY, "type": CANARY, "code": CANARY, "param": CANARY}}),
    json.dumps([CANARY] * 3),
    json.dumps(CANARY),
    f"<html><body>{CANARY}</body></html>",
    f'{{"broken": "{CANARY}',
)
_STATUSES = (200, 400, 401, 403, 404, 409, 422, 429, 500, 503)


def _answers() -> Iterator[tuple[int, str]]:
    return itertools.cycle(itertools.product(_STATUSES, _BODIES))


@dataclass
class Turncoat:
    """`honest` is where requests go while `lies` is False."""

    honest: str
    lies: bool = False
    told: int = 0
    _answers: Iterator[tuple[int, str]] = field(default_factory=_answers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        response = self._lie() if self.lies else await self._pass_on(request, body)
        await response(scope, receive, send)

    def _lie(self) -> Response:
        status, body = next(self._answers)
        self.told += 1
        headers = {"x-amzn-errortype": CANARY, "x-request-id": CANARY, "location": CANARY}
        return Response(body, status, headers, media_type="application/json")

    async def _pass_on(self, request: Request, body: bytes) -> Response:
        kept = {key: it for key, it in request.headers.items() if key != "host"}
        url = f"{self.honest}{request.url.path}"
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            answer = await client.request(
                request.method, url, params=request.url.query, headers=kept, content=body
            )
        dropped = {"content-length", "content-encoding", "transfer-encoding", "connection"}
        headers = {key: it for key, it in answer.headers.items() if key.lower() not in dropped}
        return Response(answer.content, answer.status_code, headers)
