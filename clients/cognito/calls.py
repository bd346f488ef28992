"""boto3 behind threads, by the same rules as every other upstream; no silent retry of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec

import boto3
from botocore.config import Config

from clients.boto_failures import sorted_failure
from clients.boto_threads import in_thread
from clients.cognito.models import UPSTREAM
from clients.errors import UpstreamError
from clients.guard import Guard, Work
from clients.tracing import trace_headers
from clients.watching import SILENT, Watch

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

P = ParamSpec("P")

# A call costs 1-2 ms of CPU; more threads would only queue for the interpreter.
THREADS = 12


class Calls:
    """Runs the client's methods, `THREADS` at once; the others wait within their deadline.

    A caller who leaves cuts no write short: what a thread has begun, it ends.
    """

    def __init__(
        self, client: "CognitoIdentityProviderClient", pool: ThreadPoolExecutor, guard: Guard
    ) -> None:
        self.client = client
        self.guard = guard
        self._pool = pool

    async def read(
        self, method: Callable[P, Mapping[str, Any]], *args: P.args, **parameters: P.kwargs
    ) -> Mapping[str, Any]:
        """What a method that changes nothing answers. Errors: NotSent, OutcomeUnknown, Refused."""
        return await self._guarded(partial(method, *args, **parameters), method, writes=False)

    async def run(
        self, method: Callable[P, Mapping[str, Any]], *args: P.args, **parameters: P.kwargs
    ) -> Mapping[str, Any]:
        """What a method that is called once answers. Errors: NotSent, OutcomeUnknown, Refused."""
        return await self._guarded(partial(method, *args, **parameters), method, writes=True)

    async def _guarded(
        self,
        call: Callable[[], Mapping[str, Any]],
        method: Callable[..., object],
        *,
        writes: bool,
    ) -> Mapping[str, Any]:
        operation = getattr(method, "__name__", "call")
        attempt = partial(self._attempt, operation, call)
        return await self.guard.run(
            Work(operation=operation, attempt=attempt, writes=writes, may_repeat=not writes)
        )

    async def _attempt(
        self, operation: str, call: Callable[[], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        try:
            return await in_thread(self._pool, call, upstream=UPSTREAM, operation=operation)
        except UpstreamError:
            raise
        except Exception as failure:  # noqa: BLE001 - botocore's have no common ancestor
            # Not chained: their texts hold user names and attributes.
            raise sorted_failure(UPSTREAM, operation, failure) from None


@contextlib.asynccontextmanager
async def open_calls(
    region: str, *, timeout_seconds: float, watch: Watch = SILENT
) -> AsyncIterator[Calls]:
    """One client with its own threads. Credentials and endpoint are boto3's own business."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="cognito")
    guard = Guard(UPSTREAM, timeout_seconds=timeout_seconds, limit=THREADS, watch=watch)
    loop = asyncio.get_running_loop()
    # Reads a large service description from disk.
    client = await loop.run_in_executor(pool, _client, region, timeout_seconds)
    try:
        yield Calls(client, pool, guard)
    finally:
        # In a thread: calls whose callers have left may still be under way.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        await guard.drain()
        client.close()


def _add_trace(request: Any, **_: object) -> None:
    for name, value in trace_headers().items():
        request.headers[name] = value


def _client(region: str, timeout_seconds: float) -> "CognitoIdentityProviderClient":
    config = Config(
        connect_timeout=timeout_seconds / 2,
        read_timeout=timeout_seconds,
        max_pool_connections=THREADS,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    # A session of its own: boto3's default one is shared and not safe to make clients with.
    client = boto3.session.Session().client("cognito-idp", region_name=region, config=config)
    client.meta.events.register("before-sign.cognito-identity-provider", _add_trace)
    return client
