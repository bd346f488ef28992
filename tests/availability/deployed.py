"""A copy of the service as a deployment sees it: at one address, one process after another."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos.copies import free_port
from tests.sandbox_process import ROOT

START_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How a process went when it was asked to."""

    exit_code: int
    seconds: float


class Deployed:
    """`command` is `serve`, `work` or `dev`; `environment` all that the process needs."""

    def __init__(
        self, name: str, command: str, environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.port = free_port()
        self._command = command
        self._environment = {**environment, "BFF_PORT": str(self.port)}
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "bff", self._command],
                cwd=ROOT,
                env=self._environment,
                stderr=log,
            )

    async def until_ready(self) -> None:
        url = f"http://127.0.0.1:{self.port}/readyz"
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(url)).is_success:
                        return
                await asyncio.sleep(0.1)

    async def leave(self, *, within: float) -> Left:
        """SIGTERM; `within` seconds it must have ended, or it is killed."""
        process, began = self._process, time.monotonic()
        assert process is not None
        process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(process.wait, within)
        except subprocess.TimeoutExpired:
            process.kill()
            code = await asyncio.to_thread(process.wait)
        return Left(exit_code=code, seconds=time.monotonic() - began)

    async def kill(self) -> tuple[float, float]:
        """SIGKILL; from when to when it died."""
        began = time.monotonic()
        assert self._process is not None
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
        return began, time.monotonic()
