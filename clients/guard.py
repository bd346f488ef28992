"""The rules that every call to an upstream goes by, whatever library makes it.

One deadline over all of it, within that of the work it is part of; a breaker; a bulkhead; one
repetition where that is safe; and the promise that what may have happened is never called "not
sent".
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from clients.breaker import Breaker, Ended, State
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised, UpstreamError
from clients.retries import MOST_ATTEMPTS, SERVER_ERROR, Budget, pause_before_retry
from clients.tracing import STATUS_CODE, Facts, SpanKind, span, tell, tell_event
from clients.until import seconds_left
from clients.watching import SILENT, Watch, log_circuit, log_failure, overhear
from clients.watching import Ended as CallEnded

T = TypeVar("T")

# Of the deadline. A call that took this much of it might as well have been lost.
SLOW_SHARE = 0.8
# Of the deadline. An upstream that was given less, since the call had waited here for so long, is
# not to blame that it did not answer in time.
FAIR_SHARE = 0.5


class KeptBack(NotSent):
    """We did not make the call; that says nothing of the upstream."""


class CircuitOpen(KeptBack):
    """Our own breaker kept the call back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[T]):
    """One call. `attempt` makes it, and raises `clients.errors`.

    `may_repeat`: the upstream does it once however often it is asked. `writes`: it changes
    something there. `keeps_failures`: an upstream that knows keys keeps a 5xx under its key, and
    answers a repeated write with it.
    """

    operation: str
    attempt: Callable[[], Awaitable[T]]
    writes: bool
    may_repeat: bool
    keeps_failures: bool = True


@dataclass(slots=True)
class _Progress:
    """`is_out`: a request is with the upstream. `failure`: what its caller is told for now."""

    seconds: float  # that it may take
    is_wanted: bool = True
    is_out: bool = False
    attempts: int = 0
    failure: UpstreamError | None = None
    began: float = field(default_factory=time.monotonic)


class Guard:
    """One upstream's. `limit` calls run at once; the others wait within their deadline.

    A call runs in a task of its own, shielded from its caller: one who leaves neither cuts a write
    short nor loses a slot; only no repetition is begun for them.
    """

    def __init__(
        self, upstream: str, *, timeout_seconds: float, limit: int, watch: Watch = SILENT
    ) -> None:
        self.upstream = upstream
        self.limit = limit
        self.breaker = Breaker(on_change=self._circuit_changed)
        self.budget = Budget()
        self._timeout = timeout_seconds
        self._bulkhead = asyncio.Semaphore(limit)
        self._watch = watch
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def under_way(self) -> int:
        """Calls begun and not ended, those that wait for a slot included."""
        return len(self._running)

    async def run(self, work: Work[T]) -> T:
        """Errors: those of `work.attempt`, NotSent, OutcomeUnknown."""
        progress = _Progress(self._allowed(work))
        task = asyncio.create_task(self._watched(work, progress), name=f"{self.upstream} call")
        self._running.add(task)
        task.add_done_callback(self._forget)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            progress.is_wanted = False
            raise

    async def drain(self) -> None:
        """Wait for the calls whose callers have left."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def abandon(self) -> None:
        """Wait for no call any more; what became of them is not known."""
        for task in self._running:
            task.cancel()
        await self.drain()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that a caller who has left causes no warning

    def _circuit_changed(self, state: State) -> None:
        log_circuit(self.upstream, state)
        self._watch.circuit_changed(self.upstream, state)

    async def _watched(self, work: Work[T], progress: _Progress) -> T:
        try:
            answer = await self._within_deadline(work, progress)
        except UpstreamError as failure:
            ended = self._ended(work, progress, failure)
            if not progress.attempts:
                tell_event("kept back", {"upstream": self.upstream, "operation": work.operation})
            if not isinstance(failure, CircuitOpen):
                log_failure(ended, failure)
            raise
        self._ended(work, progress, None)
        return answer

    def _ended(
        self, work: Work[T], progress: _Progress, failure: UpstreamError | None
    ) -> CallEnded:
        ended = CallEnded(
            upstream=self.upstream,
            operation=work.operation,
            outcome=type(failure).__name__ if failure else "answered",
            status=failure.status if failure else None,
            seconds=time.monotonic() - progress.began,
            attempts=progress.attempts,
        )
        self._watch.call_ended(ended)
        overhear(ended)
        return ended

    async def _within_deadline(self, work: Work[T], progress: _Progress) -> T:
        if progress.seconds <= 0:
            raise KeptBack(self.upstream, work.operation, "too late to be begun")
        try:
            async with asyncio.timeout(progress.seconds):
                return await self._attempts(work, progress)
        except TimeoutError as late:
            if progress.is_out:
                raise OutcomeUnknown(self.upstream, work.operation, "time-out") from late
            if progress.failure is not None:
                raise progress.failure from late
            raise KeptBack(self.upstream, work.operation, "too many calls at once") from late

    def _allowed(self, work: Work[T]) -> float:
        """Seconds; less than a call usually has where the work that it is part of ends before."""
        left = seconds_left(writes=work.writes)
        return self._timeout if left is None else min(self._timeout, left)

    async def _attempts(self, work: Work[T], progress: _Progress) -> T:
        while True:
            try:
                return await self._attempt(work, progress)
            except UpstreamError as failure:
                told = _told(progress.failure, failure, writes=work.writes)
            progress.failure = told
            pause = self._pause(work, progress, told)
            if pause is None:
                raise told
            await asyncio.sleep(pause)

    def _pause(self, work: Work[T], progress: _Progress, failure: UpstreamError) -> float | None:
        """How long to wait before the call is repeated; None where it is not."""
        used_up = progress.attempts == 0 or progress.attempts >= MOST_ATTEMPTS
        if used_up or not work.may_repeat or not progress.is_wanted:
            return None
        pause = pause_before_retry(failure, is_kept=work.writes and work.keeps_failures)
        if pause is None or self.breaker.opens_in() is not None:
            return None
        left = progress.seconds - (time.monotonic() - progress.began)
        return pause if pause < left and self.budget.withdraw() else None

    async def _attempt(self, work: Work[T], progress: _Progress) -> T:
        self._refuse_while_open(work.operation)
        async with self._bulkhead:
            given = self.breaker.enter()
            if given is None:
                raise self._open(work.operation)
            progress.is_out, ended = True, Ended.UNJUDGED
            if progress.attempts == 0:
                self.budget.deposit()
            progress.attempts += 1
            began = time.monotonic()
            try:
                answer = await self._sent(work, progress.attempts)
                ended = self._judged(None, time.monotonic() - began)
            except UpstreamError as failure:
                ended = self._judged(failure, time.monotonic() - began)
                progress.is_out = False
                raise
            except asyncio.CancelledError:
                ended = self._cut_short(time.monotonic() - began)
                raise
            else:
                return answer
            finally:
                self.breaker.leave(given, ended)

    async def _sent(self, work: Work[T], attempt: int) -> T:
        facts: Facts = {
            "upstream": self.upstream,
            "operation": work.operation,
            "attempt": attempt,
        }
        with span(f"{self.upstream} {work.operation}", SpanKind.CLIENT, facts):
            try:
                return await work.attempt()
            except UpstreamError as failure:
                tell({} if failure.status is None else {STATUS_CODE: failure.status})
                raise

    def _refuse_while_open(self, operation: str) -> None:
        if self.breaker.opens_in() is not None:
            raise self._open(operation)

    def _open(self, operation: str) -> CircuitOpen:
        wait = self.breaker.opens_in()
        return CircuitOpen(self.upstream, operation, "circuit open", retry_after_seconds=wait)

    def _judged(self, failure: UpstreamError | None, seconds: float) -> Ended:
        """5xx, connections refused and broken, and slowness count; other answers do not."""
        if isinstance(failure, KeptBack):
            return Ended.UNJUDGED
        if failure is not None and not isinstance(failure, Refused) and not _is_replay(failure):
            silent = failure.status is None
            if silent or (failure.status is not None and failure.status >= SERVER_ERROR):
                return Ended.BADLY
        return Ended.BADLY if seconds >= SLOW_SHARE * self._timeout else Ended.WELL

    def _cut_short(self, seconds: float) -> Ended:
        return Ended.BADLY if seconds >= FAIR_SHARE * self._timeout else Ended.UNJUDGED


def _is_replay(failure: UpstreamError) -> bool:
    return isinstance(failure, OutcomeUnknown) and failure.is_replay


def _told(before: UpstreamError | None, now: UpstreamError, *, writes: bool) -> UpstreamError:
    """What the caller is told after two attempts; our own breaker's word says least.

    A write whose first attempt may have got through stays unknown, whatever kept the second from
    being sent. A refusal of the second settles it: under its key the upstream would have repeated
    the success of the first. Being let in no more settles nothing.
    """
    if before is not None and isinstance(now, CircuitOpen):
        return before
    if not writes or not isinstance(before, OutcomeUnknown):
        return now
    settles = isinstance(now, Refused) and not isinstance(now, Unauthorised)
    return now if settles or isinstance(now, OutcomeUnknown) else before
