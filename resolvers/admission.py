"""How many requests are worked on at once, for how long, and for whom.

Beyond the bound a request is sent away before anything is read of it: those that were let in are
still answered in time, and the load balancer is told to look elsewhere.
"""

import asyncio
import datetime as dt
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.types import Receive

from bff.clock import Clock
from clients.until import reads_ending_within
from resolvers.bodies import BadRequest, ClientGone

T = TypeVar("T")

# Longer than most requests take, shorter than a guest's patience.
RETRY_AFTER_SECONDS = 1.0
# A load balancer looks every few seconds; calm has to last for it to see more than a moment.
CALM_AFTER = dt.timedelta(seconds=5)


class Overloaded(BadRequest):
    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Too much is asked of us at the moment. Please try again.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


class TooLate(BadRequest):
    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.GATEWAY_TIMEOUT,
            "This took too long. What was begun may still be finished: look before trying again.",
            code="DEADLINE_EXCEEDED",
        )


class Admission:
    def __init__(self, max_requests: int, deadline_seconds: float, clock: Clock) -> None:
        self._max_requests = max_requests
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._present = 0
        self._refused_at: dt.datetime | None = None
        self._left: set[asyncio.Task[Any]] = set()

    @property
    def present(self) -> int:
        return self._present

    async def is_calm(self) -> bool:
        """Whether nobody was sent away lately; a readiness check."""
        return self._refused_at is None or self._clock.now() - self._refused_at > CALM_AFTER

    def check(self) -> None:
        """Errors: `Overloaded`."""
        if self._present >= self._max_requests:
            self._refused_at = self._clock.now()
            raise Overloaded

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Errors: `Overloaded`."""
        self.check()
        self._present += 1
        try:
            yield
        finally:
            self._present -= 1

    async def carried_out(
        self, work: Coroutine[Any, Any, T], receive: Receive, *, is_write: bool
    ) -> T:
        """The work's result, unless the client leaves or the deadline passes before.

        A query is given up then; a write goes on without anybody waiting for it, since nobody knows
        how far it has come. Errors: `ClientGone`, `TooLate`.
        """
        with reads_ending_within(self._deadline_seconds):
            task = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait(
                {task, gone},
                timeout=self._deadline_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if task.done():
                return task.result()
            raise ClientGone if gone.done() else TooLate
        finally:
            gone.cancel()
            if not task.done():
                self._leave(task, is_write=is_write)

    async def drain(self) -> None:
        """Wait for what goes on without its client, before what it works with is closed."""
        if self._left:
            await asyncio.wait(self._left, timeout=self._deadline_seconds)

    def _leave(self, task: asyncio.Task[Any], *, is_write: bool) -> None:
        if not is_write:
            task.cancel()
        self._left.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()  # logged where it arose; nobody is left to be told


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
