"""An upstream over a real socket that does byte for byte what a test tells it to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Behaviour = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Peer:
    """`behave` may be changed between requests. `asked` has each request as "METHOD /path"."""

    behave: Behaviour
    url: str = ""
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)


@dataclass
class Exchange:
    """One request that has been read to its end, and the way to answer it."""

    peer: Peer
    writer: asyncio.StreamWriter

    async def answer(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        head = {"content-length": str(len(body)), **headers}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
        await self.send(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)

    async def send(self, data: bytes) -> None:
        # A client that has hung up is part of what is tested.
        with contextlib.suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    def reset(self) -> None:
        self.writer.transport.abort()

    async def wait_for_the_end(self) -> None:
        await self.peer.over.wait()


def answers(status: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.answer(status, body, **headers)

    return behave


async def drops(exchange: Exchange) -> None:
    """The request was read, perhaps done; the connection breaks without an answer."""
    exchange.reset()


async def closes(exchange: Exchange) -> None:
    """The same with a clean end of the stream."""
    exchange.writer.close()


async def keeps_silent(exchange: Exchange) -> None:
    await exchange.wait_for_the_end()


@contextlib.asynccontextmanager
async def open_peer(behave: Behaviour) -> AsyncIterator[Peer]:
    peer = Peer(behave)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.connections += 1
        peer.writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                await _one_request(peer, reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    peer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        peer.over.set()
        server.close()
        for writer in peer.writers:
            writer.transport.abort()
        await server.wait_closed()


async def _one_request(
    peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = 0
    for line in head.splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    peer.bodies.append(await reader.readexactly(length))
    peer.heads.append(head)
    peer.asked.append(head.partition(" HTTP/")[0])
    peer.arrived.set()
    await peer.behave(Exchange(peer, writer))
