"""The BFF in a process of its own, against the sandbox."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.sandbox_process import ROOT, Sandbox

START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True)
class ServedBff:
    """`token` is the sandbox's first member's."""

    url: str
    token: str
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def served_bff(sandbox: Sandbox, folder: Path, **settings: str) -> Iterator[ServedBff]:
    port = free_port()
    environment = {
        **os.environ,  # noqa: TID251 - handed on to the process
        **sandbox.bff_environment(folder / "ledger.db"),
        "BFF_MODE": "development",
        "BFF_PORT": str(port),
        **settings,
    }
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "bff", "dev"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:  # noqa: S603 - our own
        try:
            _wait_until_ready(url, process)
            yield ServedBff(url, _token(sandbox), process)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _token(sandbox: Sandbox) -> str:
    answer = sandbox.post("/cognito/token", {"email": sandbox.member["email"]})
    return str(answer["AccessToken"])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        assert process.poll() is None, "the BFF ended at its start"
        assert time.monotonic() < until, "the BFF is not ready in time"
        time.sleep(0.05)
