"""The one way to an upstream: a pool, a bulkhead, a deadline, and failures sorted by kind."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised

# No upstream answer of ours is larger than a few hundred kilobytes; more is an accident.
MAX_ANSWER_BYTES = 8 * 1024 * 1024
# An upstream that says to come back tomorrow is still asked once an hour.
MAX_RETRY_AFTER_SECONDS = 3600.0
# Of the deadline. A connection that is not made by then leaves time to say that nothing was sent.
CONNECT_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request in the upstream's own words. `operation` names it in errors and metrics.

    `writes` tells whether sending it twice could do something twice. `form` is sent form-encoded,
    `json` as JSON. Its repr holds nothing of what is sent.
    """

    operation: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    writes: bool = False
    params: Mapping[str, str] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)


class Transport:
    """Sends calls to one upstream.

    `send` answers any 2xx; all else is raised as `clients.errors` sort it. A call runs in a task of
    its own, shielded from its caller: one who leaves neither cuts a write short nor loses a pool
    slot. `limit` calls run at once; the others wait within their deadline.
    """

    def __init__(
        self, upstream: str, http: httpx.AsyncClient, *, timeout_seconds: float, limit: int
    ) -> None:
        self.upstream = upstream
        self._http = http
        self._timeout = timeout_seconds
        self._bulkhead = asyncio.Semaphore(limit)
        self._running: set[asyncio.Task[httpx.Response]] = set()

    async def send(self, call: Call) -> httpx.Response:
        """Errors: NotSent, Refused, Unauthorised, OutcomeUnknown."""
        response = await self.exchange(call)
        return sorted_out(self.upstream, call, response)

    async def exchange(self, call: Call) -> httpx.Response:
        """The answer whatever its status. Errors: NotSent, OutcomeUnknown."""
        task = asyncio.create_task(self._within_deadline(call), name=f"{self.upstream} call")
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for the calls whose callers have left."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _forget(self, task: asyncio.Task[httpx.Response]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that a caller who has left causes no warning

    async def _within_deadline(self, call: Call) -> httpx.Response:
        sending = False
        try:
            async with asyncio.timeout(self._timeout), self._bulkhead:
                sending = True
                return await self._exchange(call)
        except TimeoutError as late:
            if sending:
                raise OutcomeUnknown(self.upstream, call.operation, "time-out") from late
            raise NotSent(self.upstream, call.operation, "too many calls at once") from late

    async def _exchange(self, call: Call) -> httpx.Response:
        """Send a read once more when its connection breaks: an idle one had just been let go."""
        try:
            return await self._once(call)
        except OutcomeUnknown as failure:
            if call.writes or not _broke(failure.__cause__):
                raise
        return await self._once(call)

    async def _once(self, call: Call) -> httpx.Response:
        try:
            async with self._http.stream(
                call.method,
                call.path,
                params=call.params,
                data=call.form,
                json=call.json,
                content=call.content,
                headers=call.headers,
            ) as response:
                await _read_bounded(response)
                return response
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError) as failure:
            # httpx-aiohttp lets through what aiohttp says of an answer that is no HTTP.
            kind = NotSent if _surely_not_sent(failure) else OutcomeUnknown
            detail = type(failure.__cause__ or failure).__name__
            raise kind(self.upstream, call.operation, detail) from failure


async def _read_bounded(response: httpx.Response) -> None:
    size, parts = 0, []
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise httpx.ReadError("answer too large")
        parts.append(part)
    response._content = b"".join(parts)  # noqa: SLF001 - httpx offers no bounded read


def _broke(failure: BaseException | None) -> bool:
    cause = None if failure is None else failure.__cause__
    return isinstance(cause, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError))


def _surely_not_sent(failure: Exception) -> bool:
    """Whether no connection was made.

    httpx-aiohttp reports a connection that broke *after* the request as ConnectTimeout, so that its
    class says nothing; only aiohttp's own class below it does.
    """
    cause = failure.__cause__
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError))
    return isinstance(failure, (httpx.ConnectError, httpx.InvalidURL, httpx.UnsupportedProtocol))


def sorted_out(
    upstream: str, call: Call, response: httpx.Response, *, code: str | None = None
) -> httpx.Response:
    """A 2xx answer as it is; any other raised by what the caller must do.

    `code` is the upstream's own error code, where its client found one in the body.
    """
    status, where = response.status_code, (upstream, call.operation)
    if response.is_success:
        return response
    if status == httpx.codes.UNAUTHORIZED:
        raise Unauthorised(*where, "401", status=status, code=code)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise NotSent(*where, "429", retry_after_seconds=retry_after(response))
    if status == httpx.codes.REQUEST_TIMEOUT or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise OutcomeUnknown(*where, str(status))
    raise Refused(*where, str(status), status=status, code=code)


def retry_after(response: httpx.Response) -> float | None:
    """Seconds of a `Retry-After` header, bounded; None where it is absent, a date or nonsense."""
    with contextlib.suppress(ValueError):
        seconds = float(response.headers.get("retry-after", ""))
        if math.isfinite(seconds):
            return min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS)
    return None


@contextlib.asynccontextmanager
async def open_transport(
    upstream: str,
    base_url: str,
    *,
    timeout_seconds: float,
    limit: int = 64,
    wire: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[Transport]:
    """A transport over its own connection pool; `wire` lets a test stand in for the network."""
    async with httpx.AsyncClient(
        base_url=base_url,
        transport=wire or _pool(limit),
        timeout=httpx.Timeout(timeout_seconds, connect=timeout_seconds * CONNECT_SHARE, pool=None),
        trust_env=False,
        headers={"user-agent": "como-club-bff", "accept": "application/json"},
    ) as http:
        transport = Transport(upstream, http, timeout_seconds=timeout_seconds, limit=limit)
        try:
            yield transport
        finally:
            await transport.drain()


def _pool(limit: int) -> AiohttpTransport:
    def session() -> aiohttp.ClientSession:
        made = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limit, keepalive_timeout=15),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        # aiohttp sends a PUT or DELETE again, unasked, when a kept connection breaks: a second
        # reservation. It has no public switch for that.
        made._retry_connection = False  # noqa: SLF001
        return made

    return AiohttpTransport(client=session)
