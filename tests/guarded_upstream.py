"""An upstream that fails as it is told, behind a guard."""

import asyncio
from collections.abc import Awaitable, Callable

from clients.errors import NotSent, OutcomeUnknown, Refused, UpstreamError
from clients.guard import Guard, Work

WHERE = ("up", "thing")
RESET = OutcomeUnknown(*WHERE, "reset")
BROKEN = OutcomeUnknown(*WHERE, "503", status=503)
AWAY = NotSent(*WHERE, "refused connection")
NO = Refused(*WHERE, "404", status=404)
SLOW_DOWN = NotSent(*WHERE, "429", status=429, retry_after_seconds=0.01)


class Upstream:
    """Fails as it is told, once each, and then answers "done"."""

    def __init__(self, *failures: UpstreamError, always: UpstreamError | None = None) -> None:
        self.failures = list(failures)
        self.always = always
        self.asked = 0

    async def attempt(self) -> str:
        self.asked += 1
        await asyncio.sleep(0)
        failure = self.failures.pop(0) if self.failures else self.always
        if failure is not None:
            raise failure
        return "done"

    def read(self) -> Work[str]:
        return Work(operation="thing", attempt=self.attempt, writes=False, may_repeat=True)

    def write(self) -> Work[str]:
        return Work(operation="thing", attempt=self.attempt, writes=True, may_repeat=False)

    def keyed(self) -> Work[str]:
        return Work(operation="thing", attempt=self.attempt, writes=True, may_repeat=True)


def guard(*, timeout_seconds: float = 5, limit: int = 8) -> Guard:
    return Guard("up", timeout_seconds=timeout_seconds, limit=limit)


def doing(attempt: Callable[[], Awaitable[str]]) -> Work[str]:
    return Work(operation="thing", attempt=attempt, writes=True, may_repeat=False)


async def failures(by: Guard, upstream: Upstream, count: int) -> list[str]:
    found = await asyncio.gather(
        *(by.run(upstream.read()) for _ in range(count)), return_exceptions=True
    )
    return [type(one).__name__ for one in found]
