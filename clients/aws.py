"""boto3 behind threads, for what is our own at AWS: the table, the queue, the key.

One client a service, with its own threads and as many connections. A caller who leaves cuts no
call short: what a thread has begun, it ends.
"""

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from clients.tracing import SpanKind, span

# A call costs 1-2 ms of CPU; more threads would only queue for the interpreter.
THREADS = 12

CONNECT_SECONDS = 1.0
# One answer lost on the way must not cost a booking its whole lease (4 s): two tries fit into it.
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


_Call = Callable[[], Mapping[str, Any]]


class AwsCalls:
    """`execute` has a call made in a thread."""

    def __init__(
        self, service: str, client: Any, execute: Callable[[_Call], Awaitable[Mapping[str, Any]]]
    ) -> None:
        self._service = service
        self._client = client
        self._execute = execute

    async def run(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What AWS answers; `operation` is boto3's name of it. Errors: AwsFailed."""
        call = partial(getattr(self._client, operation), **parameters)
        try:
            with span(f"{self._service} {operation}", SpanKind.CLIENT, {"upstream": self._service}):
                answer = await self._execute(call)
        except ClientError as refused:
            code = str(refused.response.get("Error", {}).get("Code", "unknown"))
            raise AwsFailed(self._service, operation, code, refused.response) from None
        except BotoCoreError as broken:
            raise AwsFailed(self._service, operation, type(broken).__name__) from None
        return dict(answer)


@contextlib.asynccontextmanager
async def open_aws(service: str) -> AsyncIterator[AwsCalls]:
    """One client with its own threads. Region, credentials and endpoint are boto3's business."""
    client = await asyncio.to_thread(_client, service, READ_SECONDS)
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix=service)
    try:
        yield AwsCalls(service, client, partial(asyncio.get_running_loop().run_in_executor, pool))
    finally:
        # In a thread: calls whose callers have left may still be under way.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        client.close()


@contextlib.asynccontextmanager
async def open_polling(service: str, poll_seconds: float) -> AsyncIterator[AwsCalls]:
    """A client whose calls wait for long and cannot be cut short: nobody waits for them at the end.

    For reads only: what an abandoned call does is never known.
    """
    client = await asyncio.to_thread(_client, service, poll_seconds + READ_SECONDS)
    try:
        yield AwsCalls(service, client, _in_a_thread_of_its_own)
    finally:
        client.close()


async def _in_a_thread_of_its_own(call: _Call) -> Mapping[str, Any]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Mapping[str, Any]] = loop.create_future()

    def settle(outcome: concurrent.futures.Future[Mapping[str, Any]]) -> None:
        if answer.done():  # its caller has left
            return
        failure = outcome.exception()
        if failure is None:
            answer.set_result(outcome.result())
        else:
            answer.set_exception(failure)

    def work() -> None:
        outcome: concurrent.futures.Future[Mapping[str, Any]] = concurrent.futures.Future()
        try:
            outcome.set_result(call())
        except Exception as failure:  # noqa: BLE001 - handed on, whatever it is
            outcome.set_exception(failure)
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=work, daemon=True, name="poll").start()
    return await answer


def _client(service: str, read_seconds: float) -> Any:
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        max_pool_connections=THREADS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
    )
    # A session of its own: boto3's default one is shared and not safe to make clients with. Making
    # one reads a large service description from disk.
    make: Any = boto3.session.Session().client
    return make(service, config=config)
