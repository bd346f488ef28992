"""`python -m bff` as an operator starts and stops it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.running_bff import App
from tests.sandbox_process import ROOT, Sandbox
from tests.served_bff import free_port

# For what must end; a test that waits this long has failed.
PATIENCE_SECONDS = 40


class BffProcess:
    def __init__(self, process: subprocess.Popen[bytes], app: App) -> None:
        self.process = process
        self.app = app

    @property
    def http(self) -> httpx.AsyncClient:
        return self.app.http

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def exit_code(self) -> int:
        return await asyncio.to_thread(self.process.wait, PATIENCE_SECONDS)

    async def readiness(self) -> httpx.Response | None:
        """The answer of the readiness check; None where nobody answers."""
        with contextlib.suppress(httpx.TransportError):
            return await self.http.get("/readyz")
        return None

    async def is_ready(self) -> bool:
        assert self.process.poll() is None, "the BFF has ended"
        answer = await self.readiness()
        return answer is not None and answer.is_success

    async def until_alive(self) -> None:
        async def answers() -> bool:
            assert self.process.poll() is None, "the BFF has ended"
            return await self.readiness() is not None

        await until(answers)

    async def until_ready(self) -> None:
        await until(self.is_ready)

    async def until_not_ready(self) -> None:
        async def is_not() -> bool:
            return not await self.is_ready()

        await until(is_not)

    async def until_gone(self) -> None:
        async def is_gone() -> bool:
            return await self.readiness() is None

        await until(is_gone)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - only another process knows
            await asyncio.sleep(0.02)


@asynccontextmanager
async def bff_process(
    sandbox: Sandbox, folder: Path, *, command: str = "dev", **settings: str
) -> AsyncIterator[BffProcess]:
    """Started, and not yet waited for; killed at the end where it has not ended by then."""
    port = free_port()
    environment = {
        **os.environ,  # noqa: TID251 - handed on to the process
        **sandbox.bff_environment(folder / "ledger.db"),
        "BFF_PORT": str(port),
        **settings,
    }
    url = f"http://127.0.0.1:{port}"
    arguments = [sys.executable, "-m", "bff", command]
    with (folder / f"{port}.log").open("wb") as log:
        # Our own module; starting it holds nobody up.
        process = subprocess.Popen(  # noqa: S603, ASYNC220
            arguments, cwd=ROOT, env=environment, stderr=log
        )
    try:
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
            yield BffProcess(process, App(http, sandbox))
    finally:
        process.kill()
        process.wait()
