"""The sandbox in a process of its own, for any test that wants real sockets.

`sandbox` is the running sandbox, reset before each test; `sandbox_process` the same, once for the
whole run. A `conftest.py` gets both with `from tests.sandbox_process import sandbox,
sandbox_process`.
"""

import asyncio
import base64
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 10


class Sandbox:
    """A running sandbox, seen from its control port. Calls block: none takes long."""

    def __init__(self, process: subprocess.Popen[str], state_dir: Path) -> None:
        self.process = process
        self.state_dir = state_dir
        hand_over = json.loads((state_dir / "sandbox.json").read_text("utf-8"))
        self.control_url: str = hand_over["control"]
        self.environment: dict[str, str] = hand_over["environment"]
        self.member: dict[str, str] = hand_over["member"]
        self._http = httpx.Client(base_url=self.control_url, trust_env=False, timeout=30)
        self.urls: dict[str, str] = self.get("/")["upstreams"]

    def bff_environment(self, ledger: Path) -> dict[str, str]:
        """Every setting that the BFF needs to start against this sandbox."""
        key = base64.b64encode(bytes(range(32))).decode()
        own = {"DATA_KEYS": key, "SLOT_KEYS": key, "COGNITO_PASSWORD_KEY": key}
        # No load balancer stands before a test's BFF that would have to notice its end.
        quick = {"BFF_SERVE_ON_SECONDS": "0"}
        return {**self.environment, **own, **quick, "LEDGER_PATH": str(ledger)}

    def reset(self) -> None:
        self.post("/reset")

    def fault(self, upstream: str, kind: str, route: str = "*", **settings: Any) -> None:
        """`route` is a path glob, or a method and a path glob; for Cognito `/<Operation>`."""
        where = {} if kind in {"down", "revoke"} else {"route": route}
        self.post("/faults", {"upstream": upstream, "kind": kind, **where, **settings})

    def clear_faults(self, upstream: str = "*") -> None:
        self._http.delete("/faults", params={"upstream": upstream}).raise_for_status()

    def books(self, upstream: str) -> dict[str, Any]:
        return self.get(f"/books/{upstream}")  # type: ignore[no-any-return]

    def calls(
        self, upstream: str = "*", method: str = "*", path: str = "*"
    ) -> list[dict[str, Any]]:
        """The calls received since the last reset; each argument is a glob."""
        asked = {"upstream": upstream, "method": method, "path": path}
        return self.get("/calls", **asked)["calls"]  # type: ignore[no-any-return]

    def forget_calls(self) -> None:
        self._http.delete("/calls").raise_for_status()

    def advance(self, seconds: float) -> None:
        self.post("/clock", {"advance_seconds": seconds})

    def seed_members(self, *members: dict[str, Any]) -> None:
        self.post("/seed", {"members": list(members)})

    def switch(self, upstream: str, **switches: Any) -> None:
        self.post(f"/{upstream}/switches", switches)

    def get(self, path: str, /, **asked: str) -> Any:
        response = self._http.get(path, params=asked)
        response.raise_for_status()
        return response.json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        response = self._http.post(path, json=body or {})
        response.raise_for_status()
        return response.json() if response.content else None

    async def post_aside(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """`post`, with the loop left free: for a call that comes back to a server in the test."""
        return await asyncio.to_thread(self.post, path, body)

    def close(self) -> None:
        self._http.close()


@contextlib.contextmanager
def running_sandbox(
    state_dir: Path, *options: str, stderr: IO[str] | None = None
) -> Iterator[Sandbox]:
    """Start `python -m sandbox`, and stop it whatever happens."""
    command = [sys.executable, "-m", "sandbox", "--state-dir", str(state_dir), *options]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True
    ) as process:
        try:
            assert process.stdout is not None
            # The line comes last: every port listens by then, and the hand-over is written.
            if not process.stdout.readline():
                raise RuntimeError(f"the sandbox ended with {process.wait()}")
            with contextlib.closing(Sandbox(process, state_dir)) as sandbox:
                yield sandbox
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    sandbox_process.reset()
    return sandbox_process
