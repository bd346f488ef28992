"""A real load balancer before the copies: HAProxy, which asks each for its readiness.

It does what an AWS load balancer does: a copy that says "not ready" gets no new request, and what
it was sent before is waited for. No request is ever sent twice, save one whose connection was
refused: nothing of it has been sent then. `is_lenient` allows that; AWS's answers 502 instead.
"""

import asyncio
import contextlib
import csv
import io
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.served_bff import free_port

MISSING = "haproxy is missing (Debian: apt-get install haproxy)"
START_SECONDS = 10
STOP_SECONDS = 5
# By which the log tells where a request went, also one that got no answer.
REQUEST_ID = "x-request-id"
FIELDS = 2  # of a line of the log

# Checks are quicker than AWS's allow (5 s, twice), so that a run ends soon; what counts is that
# they notice within the time that a leaving copy serves on.
CONFIG = """
global
  maxconn 4000
defaults
  mode http
  log stdout format raw local0
  log-format "%[capture.req.hdr(0)] %s"
  timeout connect 2s
  timeout check 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
  retries {retries}
  {redispatch}
frontend app
  bind 127.0.0.1:{port}
  http-request capture req.hdr({request_id}) len 64
  default_backend copies
backend copies
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 1s fall 2 rise 2
{servers}
frontend about
  bind 127.0.0.1:{about}
  no log
  stats enable
  stats uri /
"""


class LoadBalancer:
    def __init__(self, url: str, about_url: str, log: Path) -> None:
        self.url = url
        self._about_url = about_url
        self._log = log

    def served_by(self) -> dict[str, str]:
        """The copy that each request was last sent to, by the request's id."""
        lines = (line.split(" ") for line in self._log.read_text("utf-8").splitlines())
        return {parts[0]: parts[1] for parts in lines if len(parts) == FIELDS}

    async def until_up(self, *names: str, seconds: float = 60) -> None:
        """Returns once these copies are sent requests."""
        async with asyncio.timeout(seconds), httpx.AsyncClient(trust_env=False) as http:
            while True:
                text = (await http.get(f"{self._about_url}/;csv")).text
                states = _states(text)
                if all(states.get(name, "").startswith("UP") for name in names):
                    return
                await asyncio.sleep(0.1)


def _states(text: str) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(text.removeprefix("# ")))
    return {row["svname"]: row["status"] for row in rows if row["pxname"] == "copies"}


@dataclass(frozen=True)
class Missing(Exception):
    what: str = MISSING

    def __str__(self) -> str:
        return self.what


def program() -> str:
    """Errors: Missing."""
    found = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        raise Missing
    return found


@contextlib.contextmanager
def balancing(
    folder: Path, ports: Mapping[str, int], *, is_lenient: bool = False
) -> Iterator[LoadBalancer]:
    """A balancer over copies at these ports of this machine. Errors: Missing."""
    port, about = free_port(), free_port()
    servers = "\n".join(f"  server {name} 127.0.0.1:{at}" for name, at in ports.items())
    path = folder / f"haproxy-{port}.cfg"
    path.write_text(
        CONFIG.format(
            port=port,
            about=about,
            servers=servers,
            request_id=REQUEST_ID,
            retries=2 if is_lenient else 0,
            redispatch="option redispatch 1" if is_lenient else "no option redispatch",
        ),
        "utf-8",
    )
    command, told = [program(), "-db", "-f", str(path)], folder / "haproxy.log"
    with told.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - found above
    try:
        _wait_until_up(about, process)
        yield LoadBalancer(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{about}", told)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/;csv", trust_env=False)
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("haproxy does not answer")
