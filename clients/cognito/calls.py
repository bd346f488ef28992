"""boto3 behind threads: a bulkhead, a deadline, no silent retry, failures sorted by kind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ParamSpec

import boto3
from botocore.config import Config

from clients.cognito.failures import UPSTREAM, sorted_failure
from clients.errors import NotSent, OutcomeUnknown

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
        self,
        client: "CognitoIdentityProviderClient",
        pool: ThreadPoolExecutor,
        *,
        timeout_seconds: float,
    ) -> None:
        self.client = client
        self._pool = pool
        self._timeout = timeout_seconds

    async def run(
        self, method: Callable[P, Mapping[str, Any]], *args: P.args, **parameters: P.kwargs
    ) -> Mapping[str, Any]:
        """What one of `client`'s methods answers. Errors: NotSent, OutcomeUnknown, Refused."""
        operation = getattr(method, "__name__", "call")
        call = self._pool.submit(method, *args, **parameters)
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.wrap_future(call)
        except TimeoutError as late:
            if call.cancel():  # no thread has begun it
                raise NotSent(UPSTREAM, operation, "too many calls at once") from late
            raise OutcomeUnknown(UPSTREAM, operation, "time-out") from late
        except Exception as failure:  # noqa: BLE001 - botocore's have no common ancestor
            # Not chained: their texts hold user names and attributes.
            raise sorted_failure(operation, failure) from None


@contextlib.asynccontextmanager
async def open_calls(region: str, *, timeout_seconds: float) -> AsyncIterator[Calls]:
    """One client with its own threads. Credentials and endpoint are boto3's own business."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="cognito")
    loop = asyncio.get_running_loop()
    # Reads a large service description from disk.
    client = await loop.run_in_executor(pool, _client, region, timeout_seconds)
    try:
        yield Calls(client, pool, timeout_seconds=timeout_seconds)
    finally:
        # In a thread: calls whose callers have left may still be under way.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        client.close()


def _client(region: str, timeout_seconds: float) -> "CognitoIdentityProviderClient":
    config = Config(
        connect_timeout=timeout_seconds / 2,
        read_timeout=timeout_seconds,
        max_pool_connections=THREADS,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    # A session of its own: boto3's default one is shared and not safe to make clients with.
    return boto3.session.Session().client("cognito-idp", region_name=region, config=config)
