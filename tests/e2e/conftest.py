"""A running system and a real browser.

`E2E_ENDPOINTS` names the endpoints.json of a system that runs already; without it one is started.
`--screenshots` says where pictures go.
"""

import json
import os
import signal
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
ENDPOINTS = ROOT / ".run" / "endpoints.json"
# Installing aside, the system must stand within a minute.
START_SECONDS = 90
CHROMIUM = Path("/usr/bin/chromium")
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
def endpoints() -> Iterator[Endpoints]:
    running = os.environ.get("E2E_ENDPOINTS")  # noqa: TID251 - says what to test, not how to run
    if running:
        yield _read(Path(running))
        return
    ENDPOINTS.unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, "scripts/run.py"], cwd=ROOT) as system:
        try:
            _wait_for_endpoints(system)
            yield _read(ENDPOINTS)
        finally:
            system.send_signal(signal.SIGINT)
            system.wait(timeout=30)


def _wait_for_endpoints(system: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while not ENDPOINTS.exists():
        if system.poll() is not None:
            pytest.fail(f"scripts/run.py ended with {system.returncode}")
        if time.monotonic() > until:
            pytest.fail(f"scripts/run.py wrote no {ENDPOINTS.name} in {START_SECONDS} s")
        time.sleep(0.2)


def _read(path: Path) -> Endpoints:
    said = json.loads(path.read_text())
    names = ("graphql", "graphiql", "email", "password", "control")
    return Endpoints(**{name: str(said.get(name) or "") for name in names})


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium; Playwright's own builds are downloads."""
    api = pytest.importorskip("playwright.sync_api", reason="install requirements/e2e.txt")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield launched
        launched.close()
