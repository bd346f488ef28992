"""A port with an app behind it, whose connections can be cut as a broken network cuts them."""

import asyncio
import contextlib
import socket
import struct
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

# Longer than any client keeps a connection: only faults shall break one.
KEEP_ALIVE_SECONDS = 75
# Time for app tasks to end when the sandbox stops.
GRACE_SECONDS = 2.0
# With it, closing sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)
DROP = "sandbox.drop"


class PortTaken(Exception):
    """Nothing can listen there; the message is for the one who chose the port."""


class DroppableProtocol(HttpToolsProtocol):
    """Hands the app a way to cut its connection without another byte."""

    def drop(self, *, reset: bool) -> None:
        """Cut the connection: FIN, or RST when `reset`."""
        if self.transport.is_closing():
            return
        peer = self.transport.get_extra_info("socket")
        if reset and peer is not None:
            with contextlib.suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"drop": self.drop}}


class TurnedAwayProtocol(asyncio.Protocol):
    """Takes the connection and cuts it at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - narrows the type
        transport.abort()


def bound(host: str, port: int, option: str) -> socket.socket:
    """A socket on that port (0: any free one), not listening yet. Errors: `PortTaken`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise PortTaken(f"cannot listen on {host}: {problem.strerror}") from problem
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as problem:
        made.close()
        raise PortTaken(
            f"port {port} on {host} is not free ({problem.strerror}); choose another {option}"
        ) from problem
    return made


class Listener:
    """`mode` is None (up), "refuse" (nobody listens) or "abort" (cut as soon as accepted)."""

    def __init__(self, app: ASGIApp, sock: socket.socket) -> None:
        self._config = uvicorn.Config(
            app,
            http=DroppableProtocol,
            ws="none",
            access_log=False,
            log_level="error",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._state = ServerState()
        self._sock = sock
        self._server: asyncio.Server | None = None
        self._lifespan: Any = None
        self.mode: str | None = None

    @property
    def url(self) -> str:
        return url_of(self._sock)

    async def start(self) -> None:
        self._config.load()
        self._lifespan = self._config.lifespan_class(self._config)
        await self._lifespan.startup()
        await self._listen()

    async def switch(self, mode: str | None) -> None:
        """Go down or come up; going down cuts every connection there is."""
        if mode == self.mode:
            return
        if self.mode == "refuse":
            await self._listen()
        self.mode = mode
        if mode is not None:
            self._cut_connections()
        if mode == "refuse":
            address = self._sock.getsockname()
            await self._close()
            # Bound but not listening: connections are refused and the port stays ours.
            self._sock = _rebound(self._sock.family, address)

    async def stop(self) -> None:
        await self._close()
        self._sock.close()
        self._cut_connections()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        if self._lifespan is not None:
            await self._lifespan.shutdown()

    def _protocol(self) -> asyncio.Protocol:
        if self.mode is not None:
            return TurnedAwayProtocol()
        return DroppableProtocol(
            config=self._config, server_state=self._state, app_state=self._lifespan.state
        )

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=self._sock, backlog=1024)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    def _cut_connections(self) -> None:
        for connection in list(self._state.connections):
            assert isinstance(connection, DroppableProtocol)  # noqa: S101 - narrows the type
            connection.drop(reset=False)


def url_of(sock: socket.socket) -> str:
    """The address to call; one that listens everywhere is called on this machine."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _rebound(family: int, address: tuple[Any, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(address)
    return sock
