"""The one way to an upstream over HTTP: a pool, the rules, and failures sorted by kind."""

import contextlib
import math
from collections.abc import AsyncIterator, Callable
from email.utils import parsedate_to_datetime
from typing import TypeAlias

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised
from clients.guard import Guard, Work
from clients.watching import SILENT, Watch
from clients.wire import Call, once

__all__ = ["Call", "Sort", "Transport", "open_transport", "retry_after", "sorted_out"]

# An upstream that says to come back tomorrow is still asked once an hour.
MAX_RETRY_AFTER_SECONDS = 3600.0
# Of the deadline. A connection that is not made by then leaves time to say that nothing was sent.
CONNECT_SHARE = 0.5


Sort: TypeAlias = Callable[[Call, httpx.Response], httpx.Response]


class Transport:
    """Sends calls to one upstream, by the rules of `clients.guard`."""

    def __init__(self, http: httpx.AsyncClient, guard: Guard) -> None:
        self.upstream = guard.upstream
        self.guard = guard
        self._http = http

    async def send(self, call: Call, sort: Sort | None = None) -> httpx.Response:
        """Any 2xx answer. Errors: NotSent, Refused, Unauthorised, OutcomeUnknown.

        `sort` raises what the upstream's own error codes mean, where its statuses do not say.
        """

        async def attempt() -> httpx.Response:
            answer = await once(self._http, self.upstream, call)
            return sort(call, answer) if sort else sorted_out(self.upstream, call, answer)

        return await self.guard.run(
            Work(
                operation=call.operation,
                attempt=attempt,
                writes=call.writes,
                may_repeat=call.is_keyed or not call.writes,
            )
        )


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
        raise NotSent(*where, "429", status=status, retry_after_seconds=retry_after(response))
    if status == httpx.codes.REQUEST_TIMEOUT or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        again = retry_after(response)
        raise OutcomeUnknown(*where, str(status), status=status, retry_after_seconds=again)
    raise Refused(*where, str(status), status=status, code=code)


def retry_after(response: httpx.Response) -> float | None:
    """Seconds of a `Retry-After` header, bounded; None where it is absent or nonsense.

    A date is counted from the answer's own `Date`: both are by the upstream's clock, not by ours.
    """
    said = response.headers.get("retry-after", "")
    with contextlib.suppress(ValueError, TypeError):
        seconds = _number(said)
        if seconds is None:
            answered = parsedate_to_datetime(response.headers.get("date", ""))
            seconds = (parsedate_to_datetime(said) - answered).total_seconds()
        if math.isfinite(seconds):
            return min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS)
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@contextlib.asynccontextmanager
async def open_transport(
    upstream: str,
    base_url: str,
    *,
    timeout_seconds: float,
    limit: int = 64,
    wire: httpx.AsyncBaseTransport | None = None,
    watch: Watch = SILENT,
) -> AsyncIterator[Transport]:
    """A transport over its own connection pool; `wire` lets a test stand in for the network."""
    guard = Guard(upstream, timeout_seconds=timeout_seconds, limit=limit, watch=watch)
    async with httpx.AsyncClient(
        base_url=base_url,
        transport=wire or _pool(limit),
        timeout=httpx.Timeout(timeout_seconds, connect=timeout_seconds * CONNECT_SHARE, pool=None),
        trust_env=False,
        headers={"user-agent": "como-club-bff", "accept": "application/json"},
    ) as http:
        try:
            yield Transport(http, guard)
        finally:
            await guard.drain()


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
