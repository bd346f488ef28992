"""A proxy before an AWS stand-in that loses answers, or whole calls, as networks do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """`losing` has, by operation, how many answers are still to be lost; `seen` every operation.

    `is_away`: no call is passed on.
    """

    url: str = ""
    losing: dict[str, int] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    is_away: bool = False


@asynccontextmanager
async def lossy_proxy(target: str) -> AsyncIterator[Proxy]:
    proxy = Proxy()
    where = urlsplit(target)
    handled: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handled.add(task)
        upstream = await asyncio.open_connection(where.hostname, where.port)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    await _exchange(proxy, reader, writer, upstream)
        finally:
            upstream[1].close()
            writer.close()
            handled.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.url = "http://{}:{}".format(*server.sockets[0].getsockname())
    try:
        yield proxy
    finally:
        server.close()
        for task in handled:
            task.cancel()
        await asyncio.gather(*handled, return_exceptions=True)


async def _exchange(
    proxy: Proxy,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    head, body = await _message(reader)
    operation = _header(head, b"x-amz-target").rpartition(".")[2]
    proxy.seen.append(operation)
    if proxy.is_away:
        raise ConnectionError
    upstream[1].write(head + body)
    head, body = await _message(upstream[0])
    if proxy.losing.get(operation, 0) > 0:
        proxy.losing[operation] -= 1
        raise ConnectionError
    writer.write(head + body)
    await writer.drain()


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    return head, await reader.readexactly(int(_header(head, b"content-length") or 0))


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip().decode()
    return ""
