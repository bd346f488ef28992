"""A running system and a real browser.

`E2E_ENDPOINTS` names the endpoints.json of a system that runs already; without it one is started.
`--screenshots` says where pictures go.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
# Installing aside, the system must stand within a minute.
START_SECONDS = 90
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass(frozen=True)
class Endpoints:
    graphql: str
    graphiql: str
    email: str
    password: str = field(repr=False)
    control: str = ""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", default=str(ROOT / ".run" / "screenshots"), help="folder for screenshots"
    )


@pytest.fixture(scope="session")
def screenshots(request: pytest.FixtureRequest) -> Path:
    folder = Path(request.config.getoption("--screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    running = os.environ.get("E2E_ENDPOINTS")  # noqa: TID251 - says what to test, not how to run
    if running:
        yield _read(Path(running))
        return
    state = tmp_path_factory.mktemp("system")
    command = [sys.executable, "scripts/run.py", "--state-dir", str(state), "--port", _free_port()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as system:  # noqa: S603 - our own
        try:
            _wait_for(state / "endpoints.json", system)
            yield _read(state / "endpoints.json")
        finally:
            system.send_signal(signal.SIGINT)
            system.wait(timeout=30)


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _wait_for(endpoints: Path, system: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while not endpoints.exists():
        if system.poll() is not None:
            pytest.fail(f"scripts/run.py ended with {system.returncode}")
        if time.monotonic() > until:
            pytest.fail(f"scripts/run.py wrote no {endpoints.name} in {START_SECONDS} s")
        time.sleep(0.1)


def _read(path: Path) -> Endpoints:
    said = json.loads(path.read_text())
    names = ("graphql", "graphiql", "email", "password", "control")
    return Endpoints(**{name: str(said.get(name) or "") for name in names})


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium; Playwright's own builds are downloads."""
    api = pytest.importorskip("playwright.sync_api", reason="install requirements/e2e.txt")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), "")  # noqa: TID251 - likewise
    if not found:
        pytest.skip("Chromium is missing (Debian: apt-get install chromium, or set CHROMIUM)")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield launched
        launched.close()
