"""A local server that answers boto3's Cognito calls the way a test says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from clients.cognito.calls import Calls, open_calls
from clients.cognito.models import AppClient

APP = AppClient(pool_id="ap-southeast-1_pool", client_id="app-client")

Json = dict[str, Any]
Answer = tuple[int, Json | bytes]


class HangUp(Exception):
    """The server closes the connection without an answer."""


@dataclass
class PoolWire:
    """Keeps the calls it got as (operation, body); `answer` says what comes back."""

    answer: Callable[[str, Json], Answer]
    calls: list[tuple[str, Json]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, HangUp):
            while True:
                await self._one(reader, writer)
        writer.close()

    async def hang_up(self) -> None:
        """End every connection, so that none outlives its test."""
        for writer in self.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = [line.partition(": ") for line in head.split("\r\n")[1:]]
        fields = {name.lower(): value for name, _, value in lines}
        body = json.loads(await reader.readexactly(int(fields["content-length"])))
        operation = fields["x-amz-target"].rpartition(".")[2]
        self.calls.append((operation, body))
        self.headers.append(head)
        if self.hold:
            await self.hold.wait()
        status, answer = self.answer(operation, body)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\n"
            f"content-length: {len(content)}\r\n\r\n".encode()
            + content
        )
        await writer.drain()


def refusal(code: str, status: int = 400) -> Answer:
    return status, {"__type": code, "message": "member-00012345 mei@example.test"}


def tokens(**changes: Any) -> Answer:
    result = {"AccessToken": "access", "IdToken": "id", "RefreshToken": "refresh"}
    return 200, {"AuthenticationResult": result | {"ExpiresIn": 3600} | changes}


def point_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3's own settings, as an operator would write them."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "composed")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "composed")


@contextlib.asynccontextmanager
async def pool_calls(
    wire: PoolWire, monkeypatch: pytest.MonkeyPatch, *, timeout_seconds: float = 5
) -> AsyncIterator[Calls]:
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    point_at(server.sockets[0].getsockname()[1], monkeypatch)
    async with server:
        async with open_calls("ap-southeast-1", timeout_seconds=timeout_seconds) as calls:
            yield calls
        await wire.hang_up()
