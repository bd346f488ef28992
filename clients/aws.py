"""boto3 for what is our own at AWS: the table, the queue, the key, the secrets.

It goes by the rules of every other upstream (`clients.guard`), which has the only retries. One
client a service, with its own threads and as many connections. A caller who leaves cuts no call
short: what a thread has begun, it ends.
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
from botocore.exceptions import ClientError

from clients.boto_failures import is_unmet_condition, sorted_failure
from clients.boto_threads import in_thread
from clients.errors import UpstreamError
from clients.guard import Guard, Work
from clients.retries import LONGEST_PAUSE_SECONDS, MOST_ATTEMPTS
from clients.watching import SILENT, Watch

# A call costs 1-2 ms of CPU; more threads would only queue for the interpreter.
THREADS = 12

# Of one attempt. A thread cannot be cut short, so these are what gives it back.
CONNECT_SECONDS = 1.0
READ_SECONDS = 1.5
# Of a call with its repetition. One answer lost on the way must not cost a booking its whole lease
# (4 s).
CALL_SECONDS = 3.5

# Operations that change nothing, by how boto3 names them; `generate_data_key` leaves no trace.
_READS = ("batch_get_", "decrypt", "describe_", "generate_", "get_", "query", "receive_", "scan")


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
_Execute = Callable[[str, _Call], Awaitable[Mapping[str, Any]]]


class AwsCalls:
    """`execute` has a call, named by its operation, made in a thread.

    Whatever is called here may be made twice: writes hang on a condition, carry a token, set what
    is then so, or count rather too many than too few.
    """

    def __init__(self, service: str, client: Any, guard: Guard, execute: _Execute) -> None:
        self.guard = guard
        self._service = service
        self._client = client
        self._execute = execute

    async def run(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What AWS answers; `operation` is boto3's name of it. Errors: AwsFailed."""
        service = self._service
        call = partial(getattr(self._client, operation), **parameters)
        causes: dict[UpstreamError, Exception] = {}

        async def attempt() -> Mapping[str, Any] | AwsFailed:
            try:
                return await self._execute(operation, call)
            except UpstreamError:
                raise
            except Exception as cause:  # noqa: BLE001 - botocore's have no common ancestor
                if is_unmet_condition(cause):
                    # What the caller wanted to know, hundreds of times an hour; nothing failed.
                    return _failed(service, operation, cause)
                failure = sorted_failure(service, operation, cause)
                causes[failure] = cause
                # Not chained: the texts hold rows, names and addresses.
                raise failure from None

        work = Work(
            operation=operation,
            attempt=attempt,
            writes=not operation.startswith(_READS),
            may_repeat=True,
            keeps_failures=False,
        )
        try:
            answer = await self.guard.run(work)
        except UpstreamError as failure:
            raise _failed(service, operation, causes.get(failure, failure)) from None
        if isinstance(answer, AwsFailed):
            raise answer
        return dict(answer)


def _failed(service: str, operation: str, cause: Exception) -> AwsFailed:
    if isinstance(cause, ClientError):
        code = str(cause.response.get("Error", {}).get("Code") or "unknown")
        return AwsFailed(service, operation, code, cause.response)
    return AwsFailed(service, operation, type(cause).__name__)


@contextlib.asynccontextmanager
async def open_aws(service: str, watch: Watch = SILENT) -> AsyncIterator[AwsCalls]:
    """One client with its own threads. Region, credentials and endpoint are boto3's business."""
    client = await asyncio.to_thread(_client, service, READ_SECONDS)
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix=service)
    guard = Guard(service, timeout_seconds=CALL_SECONDS, limit=THREADS, watch=watch)

    async def execute(operation: str, call: _Call) -> Mapping[str, Any]:
        return await in_thread(pool, call, upstream=service, operation=operation)

    try:
        yield AwsCalls(service, client, guard, execute)
    finally:
        # In a thread: calls whose callers have left may still be under way.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        await guard.drain()
        client.close()


@contextlib.asynccontextmanager
async def open_polling(
    service: str, poll_seconds: float, watch: Watch = SILENT
) -> AsyncIterator[AwsCalls]:
    """A client whose calls wait for long and cannot be cut short: nobody waits for them at the end.

    For reads, whose abandoned calls do nothing that matters. An empty poll is not slow, and one
    that is repeated has its whole time: cut short, it would take messages that nobody is told of.
    """
    read_seconds = poll_seconds + READ_SECONDS
    client = await asyncio.to_thread(_client, service, read_seconds)
    longest = MOST_ATTEMPTS * (CONNECT_SECONDS + read_seconds) + LONGEST_PAUSE_SECONDS
    guard = Guard(f"{service}-polls", timeout_seconds=longest, limit=THREADS, watch=watch)
    try:
        yield AwsCalls(service, client, guard, _in_a_thread_of_its_own)
    finally:
        await guard.abandon()
        client.close()


async def _in_a_thread_of_its_own(_operation: str, call: _Call) -> Mapping[str, Any]:
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
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    # A session of its own: boto3's default one is shared and not safe to make clients with. Making
    # one reads a large service description from disk.
    make: Any = boto3.session.Session().client
    return make(service, config=config)
