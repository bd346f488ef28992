"""SevenRooms on a wire of its own: each route answers what a test wrote, and calls are kept."""

import contextlib
import json
import urllib.parse
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from clients.sevenrooms.link import Link
from clients.sevenrooms.read import SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites
from clients.transport import open_transport

BASE = "http://sevenrooms.test/api-ext/2_4"
CONCIERGE = "/concierge/con_1"
GROUP = "/concierge_group/grp_1"

Answer = httpx.Response | Exception


@dataclass
class FakeTokens:
    """`token-1`, and with each renewal the next one."""

    number: int = 1
    refused: list[str] = field(default_factory=list)

    async def current(self) -> str:
        return f"token-{self.number}"

    async def renew(self, refused: str) -> str:
        self.refused.append(refused)
        self.number += 1
        return await self.current()

    def is_taken_over(self, token: str) -> bool:
        return False


@dataclass
class Wire:
    """Answers of a route are used up one by one; the last one stays."""

    routes: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    tokens: FakeTokens = field(default_factory=FakeTokens)

    def on(self, method: str, path: str, *answers: Answer) -> None:
        self.routes[method, path] = list(answers)

    def calls(self, method: str, path: str) -> list[httpx.Request]:
        return [each for each in self.requests if (each.method, local_path(each)) == (method, path)]

    def form(self, method: str, path: str) -> dict[str, str]:
        """The form of the last call of a route."""
        request = self.calls(method, path)[-1]
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        return dict(urllib.parse.parse_qsl(request.content.decode(), strict_parsing=True))

    def query(self, method: str, path: str) -> dict[str, str]:
        return dict(self.calls(method, path)[-1].url.params)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answers = self.routes.get((request.method, local_path(request)))
        assert answers, f"unexpected {request.method} {local_path(request)}"
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once only.
        return httpx.Response(
            answer.status_code, content=answer.content, headers={"content-type": "application/json"}
        )


def local_path(request: httpx.Request) -> str:
    return request.url.raw_path.decode().split("?")[0].removeprefix("/api-ext/2_4")


def says(data: Any, **beside: Any) -> httpx.Response:
    """The vendor's envelope."""
    envelope = {"status": 200, "data": data, "request_id": "1740902400.trace", **beside}
    return httpx.Response(200, content=json.dumps(envelope))


def refuses(status: int, message: str = "no") -> httpx.Response:
    body = {"status": status, "msg": message, "request_id": "1740902400.trace"}
    return httpx.Response(status, content=json.dumps(body))


@contextlib.asynccontextmanager
async def linked(wire: Wire) -> AsyncIterator[Link]:
    async with open_transport(
        "sevenrooms",
        BASE,
        timeout_seconds=5,
        wire=httpx.MockTransport(wire.handle),
    ) as transport:
        yield Link(
            transport=transport,
            tokens=wire.tokens,
            concierge_id="con_1",
            concierge_group_id="grp_1",
        )


@contextlib.asynccontextmanager
async def reading(wire: Wire) -> AsyncIterator[SevenRoomsReads]:
    async with linked(wire) as link:
        yield SevenRoomsReads(link)


@contextlib.asynccontextmanager
async def writing(wire: Wire) -> AsyncIterator[SevenRoomsWrites]:
    async with linked(wire) as link:
        yield SevenRoomsWrites(link)
