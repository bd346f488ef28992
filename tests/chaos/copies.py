"""Running copies of the BFF: real processes that are killed and started again."""

import asyncio
import itertools
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import httpx

from tests.chaos.doomed import Doom, live, say
from tests.sandbox_process import ROOT, Sandbox

READY_SECONDS = 90
STOP_SECONDS = 10
_POLL_SECONDS = 0.02

# All guests here share one address, and some book more in a minute than any guest would.
NO_RATES = {
    f"BFF_{name}_PER_MINUTE": "0"
    for name in ("MEMBER_REQUESTS", "ADDRESS_REQUESTS", "MEMBER_BOOKINGS", "ADDRESS_SIGN_INS")
}
# Below the range from which the system serves; each test process begins elsewhere.
_PORTS = itertools.chain(range(20_000 + os.getpid() % 100 * 100, 32_000), range(10_000, 20_000))

# A server that has imported all of it already: a copy costs a fork, not two seconds of importing.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.chaos.doomed", "bff.ledger.dynamodb", "bff.wakeups.sqs"])
_ANSWERS = itertools.count()


class Life(Protocol):
    """One run of a copy."""

    @property
    def pid(self) -> int | None: ...

    def kill(self) -> None: ...

    def terminate(self) -> None: ...

    def is_over(self) -> bool: ...


class Forked:
    """A process that was forked with everything imported; it may be doomed."""

    def __init__(self, command: str, environment: Mapping[str, str], log: Path, doom: Doom) -> None:
        self._process = _SERVER.Process(
            target=live, args=(command, dict(environment), log, doom), name=f"bff {command}"
        )
        self._process.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def terminate(self) -> None:
        self._process.terminate()

    def is_over(self) -> bool:
        return not self._process.is_alive()


class Started:
    """`python -m bff`, as an operator starts it."""

    def __init__(
        self, command: str, environment: Mapping[str, str], log: Path, _doom: Doom
    ) -> None:
        with log.open("a") as stderr:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "bff", command],
                cwd=ROOT,
                env=dict(environment),
                stderr=stderr,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        self._process.terminate()

    def is_over(self) -> bool:
        return self._process.poll() is not None


class Copy:
    """A copy that keeps its address, ledger and log over its lives."""

    def __init__(
        self,
        command: str,
        sandbox: Sandbox,
        folder: Path,
        *,
        doom: Doom | None = None,
        launch: type[Forked] | type[Started] = Forked,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.command = command
        self._folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{command}-{self.port}.log"
        self.environment = {
            **sandbox.bff_environment(folder / "ledger.db"),
            "BFF_PORT": str(self.port),
            **NO_RATES,
            **(settings or {}),
        }
        self.lives = 0
        self.died_at: float | None = None
        self._doom = doom or Doom()
        self._launch = launch
        self._life: Life | None = None

    @property
    def is_up(self) -> bool:
        return self._life is not None and not self._life.is_over()

    async def start(self) -> None:
        """Returns when it answers; a worker answers nobody and counts as ready at once."""
        self._life = self._launch(self.command, self.environment, self.log, self._doom)
        self.lives += 1
        # Whoever has died once has met its instant.
        self._doom = replace(self._doom, dies_at=None)
        if self.command != "work":
            await self._answers("/livez")

    def kill(self) -> None:
        """SIGKILL: no goodbye, no flush, nothing handed back."""
        if self._life is not None:
            self._life.kill()

    async def died(self) -> None:
        while True:
            if not self.is_up:
                break
            await asyncio.sleep(_POLL_SECONDS)
        self.died_at = time.monotonic()

    async def stop(self) -> None:
        if not self.is_up or self._life is None:
            return
        self._life.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self.died()
        self._life.kill()

    async def bookings(self, *arguments: str) -> tuple[str, int]:
        """What `bff bookings ...` answers in this copy's environment, and its exit code."""
        return await self.said("bookings", *arguments)

    async def said(self, *arguments: str) -> tuple[str, int]:
        """What a command answers in this copy's environment, and its exit code."""
        answer = self._folder / f"answer-{next(_ANSWERS)}"
        command = _SERVER.Process(target=say, args=(arguments, self.environment, answer))
        command.start()
        await asyncio.to_thread(command.join)
        return answer.read_text(), command.exitcode or 0

    async def is_ready(self) -> None:
        """Returns when a load balancer would send guests here."""
        if self.command != "work":
            await self._answers("/readyz")

    async def _answers(self, path: str) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            ends = time.monotonic() + READY_SECONDS
            while time.monotonic() < ends:
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self.url}{path}")).is_success:
                        return
                if not self.is_up:
                    raise RuntimeError(f"did not start:\n{self.log.read_text()[-2000:]}")
                await asyncio.sleep(_POLL_SECONDS)
        raise TimeoutError(f"{self.command} did not answer {path} in {READY_SECONDS} s")


@asynccontextmanager
async def running(*copies: Copy) -> AsyncIterator[None]:
    """Start them, wait until they are ready, and stop them whatever happens."""
    try:
        await asyncio.gather(*(copy.start() for copy in copies))
        await asyncio.gather(*(copy.is_ready() for copy in copies))
        yield
    finally:
        await asyncio.gather(*(copy.stop() for copy in copies))


def free_port() -> int:
    """A port that stays free while a copy is dead: the system gives those of its own range away."""
    for port in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")
