"""Bodies: bounded before they are read, and given up when they do not come."""

import asyncio

import pytest
from starlette.types import Message

from resolvers import bodies
from resolvers.asgi import build_graphql_app
from resolvers.schema import SchemaOptions
from tests.unit.resolvers.front import Front


async def test_a_body_of_exactly_the_cap_is_read_and_one_byte_more_is_not() -> None:
    start, end = b'{"query": "{ __typename }", "extensions": {"a": "', b'"}}'
    room = bodies.MAX_BODY_BYTES - len(start) - len(end)
    headers = {"content-type": "application/json"}
    async with Front().http() as client:
        whole = start + b"a" * room + end
        response = await client.post("/graphql", content=whole, headers=headers)
        assert response.status_code == 200
        longer = start + b"a" * (room + 1) + end
        response = await client.post("/graphql", content=longer, headers=headers)
    assert response.status_code == 413
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "REQUEST_ENTITY_TOO_LARGE"


class Wire:
    """An ASGI server's side: gives the body in parts, keeps what was read and answered."""

    def __init__(self, parts: list[Message]) -> None:
        self.parts = parts
        self.read = 0
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self.read == len(self.parts):
            await asyncio.Event().wait()
        self.read += 1
        return self.parts[self.read - 1]

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def run(self, **headers: bytes) -> None:
        given = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), *given],
        }
        app = build_graphql_app(Front().services, SchemaOptions())
        await app(scope, self.receive, self.send)


def part(size: int, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": b" " * size, "more_body": more}


@pytest.mark.parametrize("length", [b"102401", b"9" * 5000])
async def test_a_body_announced_too_large_is_refused_unread(length: bytes) -> None:
    wire = Wire([part(10)])
    await wire.run(content_length=length)
    assert (wire.read, wire.sent[0]["status"]) == (0, 413)


@pytest.mark.parametrize("length", [b"5", b"-1", b"many", b"\xb2"])
async def test_a_body_that_grows_past_the_cap_is_read_no_further(length: bytes) -> None:
    wire = Wire([part(60_000), part(60_000), part(60_000)])
    await wire.run(content_length=length)
    assert (wire.read, wire.sent[0]["status"]) == (2, 413)


async def test_a_client_that_leaves_is_answered_nothing() -> None:
    wire = Wire([part(5), {"type": "http.disconnect"}])
    await wire.run()
    assert wire.sent == []


async def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_PATIENCE_SECONDS", 0.01)
    wire = Wire([part(5)])
    await wire.run()
    assert wire.sent[0]["status"] == 408


async def test_a_websocket_is_turned_away() -> None:
    wire = Wire([])
    app = build_graphql_app(Front().services, SchemaOptions())
    await app({"type": "websocket", "headers": []}, wire.receive, wire.send)
    assert wire.sent == [{"type": "websocket.close", "code": 1008, "reason": ""}]
