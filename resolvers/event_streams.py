"""An answer that lasts: server-sent events, as graphql-sse has them with one connection each.

Each result is an event `next`, the end is an event `complete`. A comment now and then keeps
proxies from taking silence for death. Who leaves takes their generator with them at once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from resolvers.answers import body_of, compact
from resolvers.bodies import BadRequest

# Load balancers close what is silent for 60 seconds, some mobile networks after 30.
HEARTBEAT_SECONDS = 12.0
# Each waits in memory and looks into the ledger once a second; a phone shows one or two.
MAX_STREAMS = 1000
MAX_STREAMS_OF_ONE = 10
# A stream whose client has left without a word is noticed at the next heartbeat.
RETRY_AFTER_SECONDS = HEARTBEAT_SECONDS

_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    # nginx would hold events back until its buffer is full.
    "x-accel-buffering": "no",
}
_HEARTBEAT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"

Results = AsyncGenerator[ExecutionResult, None]


class _End(Enum):
    DONE = "the results have ended"
    GONE = "the client has left"
    EXPIRED = "the token has ended"


class OpenStreams:
    """How many streams are open, in all and for each caller."""

    def __init__(self) -> None:
        self._by_caller: Counter[str] = Counter()

    @property
    def count(self) -> int:
        return self._by_caller.total()

    @contextmanager
    def opened(self, caller: str) -> Iterator[None]:
        self._by_caller[caller] += 1
        try:
            yield
        finally:
            self._by_caller[caller] -= 1
            self._by_caller += Counter()  # forgets who has none left

    def check(self, caller: str) -> None:
        """Errors: `BadRequest`, when one more would be too many."""
        if self._by_caller[caller] >= MAX_STREAMS_OF_ONE:
            said = f"There are {MAX_STREAMS_OF_ONE} streams open already: close one."
            raise _too_many(HTTPStatus.TOO_MANY_REQUESTS, said)
        if self.count >= MAX_STREAMS:
            raise _too_many(HTTPStatus.SERVICE_UNAVAILABLE, "Too many streams are open.")


def _too_many(status: HTTPStatus, said: str) -> BadRequest:
    return BadRequest(status, said, retry_after_seconds=RETRY_AFTER_SECONDS)


class EventStream:
    """One response. `farewell` makes the last result for a caller whose token has ended."""

    def __init__(
        self,
        results: Results,
        *,
        streams: OpenStreams,
        caller: str,
        lasts_seconds: float | None,
        farewell: Callable[[], ExecutionResult],
    ) -> None:
        self.headers = MutableHeaders(_HEADERS)
        self._results = results
        self._streams = streams
        self._caller = caller
        self._lasts_seconds = lasts_seconds
        self._farewell = farewell

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.opened(self._caller):
            await send({"type": "http.response.start", "status": 200, "headers": self.headers.raw})
            await self._run(receive, send)

    async def _run(self, receive: Receive, send: Send) -> None:
        happenings: asyncio.Queue[ExecutionResult | _End] = asyncio.Queue()
        tasks = [
            asyncio.ensure_future(_pump(self._results, happenings)),
            asyncio.ensure_future(_watch(receive, happenings)),
        ]
        expiry = self._expiry(happenings)
        try:
            await self._send_all(happenings, send)
        finally:
            if expiry is not None:
                expiry.cancel()
            await _stopped(tasks)

    def _expiry(
        self, happenings: asyncio.Queue[ExecutionResult | _End]
    ) -> asyncio.TimerHandle | None:
        if self._lasts_seconds is None:
            return None
        loop = asyncio.get_running_loop()
        return loop.call_later(self._lasts_seconds, happenings.put_nowait, _End.EXPIRED)

    async def _send_all(
        self, happenings: asyncio.Queue[ExecutionResult | _End], send: Send
    ) -> None:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    found = await happenings.get()
            except TimeoutError:
                await _send(send, _HEARTBEAT)
                continue
            if found is _End.GONE:
                return
            if found is _End.EXPIRED:
                await _send(send, _next(self._farewell()))
            if isinstance(found, _End):
                await _send(send, _COMPLETE)
                await _send(send, b"", more=False)
                return
            await _send(send, _next(found))


async def _pump(results: Results, happenings: asyncio.Queue[ExecutionResult | _End]) -> None:
    """One task opens, walks and closes the generator, since its time-outs belong to one task."""
    try:
        async for result in results:
            happenings.put_nowait(result)
    finally:
        happenings.put_nowait(_End.DONE)
        await results.aclose()


async def _watch(receive: Receive, happenings: asyncio.Queue[ExecutionResult | _End]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    happenings.put_nowait(_End.GONE)


async def _stopped(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def single_event(result: ExecutionResult) -> Response:
    """The whole answer of a query or mutation to who takes events only."""
    return Response(_next(result) + _COMPLETE, headers=_HEADERS)


def _next(result: ExecutionResult) -> bytes:
    return f"event: next\ndata: {compact(body_of(result))}\n\n".encode()


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
