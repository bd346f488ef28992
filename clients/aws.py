"""boto3 behind threads, for what is our own at AWS: the table, the queue, the key.

One client a service, with its own threads and as many connections. A caller who leaves cuts no
call short: what a thread has begun, it ends.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# A call costs 1-2 ms of CPU; more threads would only queue for the interpreter.
THREADS = 12

CONNECT_SECONDS = 1.0
# One answer lost on the way must not cost a booking its whole lease (6 s): two tries fit into it.
READ_SECONDS = 1.5
TRIES = 2


class AwsFailed(Exception):
    """AWS refused, or did not answer; then the call may have been done.

    `code` is AWS's own, or the name of what broke; `answer` what AWS sent with a refusal. The text
    holds neither values nor addresses.
    """

    def __init__(
        self, service: str, operation: str, code: str, answer: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{service} {operation}: {code}")
        self.code = code
        self.answer = answer or {}


class AwsCalls:
    def __init__(self, service: str, client: Any, pool: ThreadPoolExecutor) -> None:
        self._service = service
        self._client = client
        self._pool = pool

    async def run(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What AWS answers; `operation` is boto3's name of it. Errors: AwsFailed."""
        call = partial(getattr(self._client, operation), **parameters)
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except ClientError as refused:
            code = str(refused.response.get("Error", {}).get("Code", "unknown"))
            raise AwsFailed(self._service, operation, code, refused.response) from None
        except BotoCoreError as broken:
            raise AwsFailed(self._service, operation, type(broken).__name__) from None
        return dict(answer)


@contextlib.asynccontextmanager
async def open_aws(
    service: str, *, read_seconds: float = READ_SECONDS, threads: int = THREADS
) -> AsyncIterator[AwsCalls]:
    """One client with its own threads. Region, credentials and endpoint are boto3's business."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix=service)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        max_pool_connections=threads,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
    )
    loop = asyncio.get_running_loop()
    # Reads a large service description from disk.
    client = await loop.run_in_executor(pool, partial(_client, service, config))
    try:
        yield AwsCalls(service, client, pool)
    finally:
        # In a thread: calls whose callers have left may still be under way.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        client.close()


def _client(service: str, config: Config) -> Any:
    # A session of its own: boto3's default one is shared and not safe to make clients with.
    make: Any = boto3.session.Session().client
    return make(service, config=config)
