"""The middleware before every stand-in: notes the call, and does to it what the faults say."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.calls import CallLog, LoggedCall
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, FaultBoard
from sandbox.garbage import spoilt
from sandbox.listener import DROP

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """An answer of the app, kept back."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def with_body(self, body: bytes) -> "Answer":
        kept = [
            (name, value)
            for name, value in self.headers
            if name.lower() not in {b"content-length", b"transfer-encoding"}
        ]
        return Answer(self.status, [*kept, (b"content-length", b"%d" % len(body))], body)


@dataclass(slots=True)
class Exchange:
    """One call on its way."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    late: "LateWrites"

    async def answer(self) -> Answer:
        """What the app answers, once it has done its work."""
        answer = Answer()
        await self.app(self.scope, self.receive, answer.take)
        return answer

    async def reply(self, answer: Answer) -> None:
        await self.start_reply(answer)
        await self.send({"type": "http.response.body", "body": answer.body})

    async def start_reply(self, answer: Answer) -> None:
        await self.send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )

    async def whole_body(self) -> bytes:
        body: bytes = b""
        while True:
            message = await self.receive()
            body += message.get("body", b"")
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return body

    async def drop(self, *, reset: bool) -> None:
        """Cut the connection and wait until the server has noticed."""
        self.scope["extensions"][DROP]["drop"](reset=reset)
        while (await self.receive())["type"] != "http.disconnect":
            pass


class LateWrites:
    """Calls that arrive after their sender has lost the connection."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, exchange: Exchange, body: bytes, seconds: float) -> None:
        task = asyncio.create_task(_deliver(exchange, body, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def waiting(self) -> int:
        return len(self._tasks)

    def forget(self) -> None:
        """Those still on their way never arrive."""
        for task in self._tasks:
            task.cancel()


async def _deliver(exchange: Exchange, body: bytes, seconds: float) -> None:
    await asyncio.sleep(seconds)

    async def replayed() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    await exchange.app(exchange.scope, replayed, Answer().take)


class FaultyUpstream:
    """`app` as the upstream called `name`, on a network that fails on request."""

    def __init__(
        self, app: ASGIApp, name: str, board: FaultBoard, calls: CallLog, clock: SandboxClock
    ) -> None:
        self._app = app
        self._name = name
        self._board = board
        self._calls = calls
        self._clock = clock
        self.late = LateWrites()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], _operation_path(scope)
        faults = self._board.firing(self._name, method, path)
        call = LoggedCall(self._name, method, path, self._clock.now())
        call.faults = [fault.kind for fault in faults]
        self._calls.add(call)

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            await send(message)

        exchange = Exchange(self._app, scope, receive, noting_send, self.late)
        await _suffer(exchange, faults)


def _operation_path(scope: Scope) -> str:
    """The path; for AWS, whose calls all go to `/`, the operation's name instead."""
    for name, value in scope["headers"]:
        if name == b"x-amz-target":
            return f"/{value.decode('latin-1').rpartition('.')[2]}"
    path: str = scope["path"]
    return path


async def _suffer(exchange: Exchange, faults: list[Fault]) -> None:
    fate: Callable[[Exchange, Fault], Awaitable[None]] | None = None
    by = None
    for fault in faults:
        if fault.kind == "latency":
            await asyncio.sleep(fault.milliseconds() / 1000)
        else:
            fate, by = _FATES[fault.kind], fault
    if fate is None or by is None:
        await exchange.app(exchange.scope, exchange.receive, exchange.send)
    else:
        await fate(exchange, by)


async def _error(exchange: Exchange, fault: Fault) -> None:
    """The status without the work, or after it when `stored`."""
    if fault.settings["stored"]:
        await exchange.answer()
    else:
        await exchange.whole_body()
    headers: Headers = [(b"content-type", b"application/json")]
    if "retry_after" in fault.settings:
        headers.append((b"retry-after", str(fault.settings["retry_after"]).encode()))
    body: Any = fault.settings.get("body", {"message": "The sandbox was told to fail."})
    answer = Answer(fault.settings["status"], headers)
    await exchange.reply(answer.with_body(json.dumps(body).encode()))


async def _drop_before(exchange: Exchange, fault: Fault) -> None:
    await exchange.whole_body()
    await exchange.drop(reset=fault.settings["reset"])


async def _drop_after(exchange: Exchange, fault: Fault) -> None:
    await exchange.answer()
    await exchange.drop(reset=fault.settings["reset"])


async def _late(exchange: Exchange, fault: Fault) -> None:
    body = await exchange.whole_body()
    exchange.late.start(exchange, body, fault.settings["seconds"])
    await exchange.drop(reset=fault.settings["reset"])


async def _slow_body(exchange: Exchange, fault: Fault) -> None:
    answer = await exchange.answer()
    size = fault.settings["chunk_bytes"]
    await exchange.start_reply(answer.with_body(answer.body))
    for start in range(0, len(answer.body), size):
        chunk = answer.body[start : start + size]
        await exchange.send({"type": "http.response.body", "body": chunk, "more_body": True})
        await asyncio.sleep(fault.milliseconds() / 1000)
    await exchange.send({"type": "http.response.body", "body": b""})


async def _garbage(exchange: Exchange, fault: Fault) -> None:
    answer = await exchange.answer()
    spoilt_answer = answer.with_body(spoilt(fault.settings["shape"], answer.body))
    spoilt_answer.status = 200
    await exchange.reply(spoilt_answer)


_FATES: dict[str, Callable[[Exchange, Fault], Awaitable[None]]] = {
    "error": _error,
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "late": _late,
    "slow_body": _slow_body,
    "garbage": _garbage,
}
