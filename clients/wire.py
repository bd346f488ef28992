"""One request over HTTP and its answer, or what became of it; no rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import httpx

from clients.errors import NotSent, OutcomeUnknown
from clients.tracing import METHOD, STATUS_CODE, tell, trace_headers

# No upstream answer of ours is larger than a few hundred kilobytes; more is an accident.
MAX_ANSWER_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request in the upstream's own words. `operation` names it in errors and metrics.

    `writes` tells whether sending it twice could do something twice; `is_keyed` that it carries
    an idempotency key, so that it could not. `form` is sent form-encoded, `json` as JSON. Its repr
    holds nothing of what is sent.
    """

    operation: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    writes: bool = False
    is_keyed: bool = False
    params: Mapping[str, str] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)


async def once(http: httpx.AsyncClient, upstream: str, call: Call) -> httpx.Response:
    """The answer, whatever its status. Errors: NotSent, OutcomeUnknown."""
    try:
        async with http.stream(
            call.method,
            call.path,
            params=call.params,
            data=call.form,
            json=call.json,
            content=call.content,
            headers={**(call.headers or {}), **trace_headers()},
        ) as response:
            tell({METHOD: call.method, STATUS_CODE: response.status_code})
            await _read_bounded(response)
            return response
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError) as failure:
        # httpx-aiohttp lets through what aiohttp says of an answer that is no HTTP.
        kind = NotSent if _surely_not_sent(failure) else OutcomeUnknown
        detail = type(failure.__cause__ or failure).__name__
        raise kind(upstream, call.operation, detail) from failure


async def _read_bounded(response: httpx.Response) -> None:
    size, parts = 0, []
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise httpx.ReadError("answer too large")
        parts.append(part)
    response._content = b"".join(parts)  # noqa: SLF001 - httpx offers no bounded read


def _surely_not_sent(failure: Exception) -> bool:
    """Whether no connection was made.

    httpx-aiohttp reports a connection that broke *after* the request as ConnectTimeout, so that its
    class says nothing; only aiohttp's own class below it does.
    """
    cause = failure.__cause__
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError))
    return isinstance(failure, (httpx.ConnectError, httpx.InvalidURL, httpx.UnsupportedProtocol))
