"""nginx as a CDN before the server in production: what it keeps, and for whom."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from audit_stage import Row, Stage
from run import ROOT

# A little more than free times may be kept; after that an answer is stale.
AGE_SECONDS = 46
_NAMES = "{ experiences(first: 2) { edges { node { name } } } }"


class Cdn:
    def __init__(self, folder: Path, origin: str, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/graphql"
        self._folder = folder
        self._port = port
        self._configure(origin)
        self._process = subprocess.Popen(  # noqa: S603 - nginx, with our own configuration
            [shutil.which("nginx") or "nginx", "-c", self._folder / "nginx.conf"],
            stderr=subprocess.DEVNULL,
        )

    def _configure(self, origin: str) -> None:
        text = (ROOT / "audit" / "nginx.conf").read_text(encoding="utf-8")
        for name, value in {
            "ORIGIN": origin,
            "PORT": str(self._port),
            "FOLDER": str(self._folder),
        }.items():
            text = text.replace(name, value)
        (self._folder / "nginx.conf").write_text(text, encoding="utf-8")

    def lose_the_origin(self) -> None:
        """Nobody listens on the discard port."""
        self._configure("127.0.0.1:9")
        self._process.send_signal(signal.SIGHUP)
        _until(lambda: self.get("{ __typename }").is_server_error)

    def get(self, query: str, **headers: str) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=20) as http:
            return http.get(self.address, params={"query": query}, headers=headers)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def kept(self) -> str:
        files = (it for it in (self._folder / "cache").rglob("*") if it.is_file())
        return "".join(it.read_text(encoding="latin-1") for it in files)


@contextmanager
def _running(origin: str) -> Iterator[Cdn]:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        Path(folder).chmod(0o755)
        port = int(free.getsockname()[1])
        free.close()
        cdn = Cdn(Path(folder), origin, port)
        try:
            _until(lambda: cdn.get("{ __typename }").is_success)
            yield cdn
        finally:
            cdn.stop()


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError


def cdn(stage: Stage) -> Iterable[Row]:
    if shutil.which("nginx") is None:
        yield Row(name="nginx as a CDN", figure="not installed", wanted="nginx", fine=False)
        return
    with _running(urlsplit(stage.production).netloc) as edge:
        signed_in = {"authorization": f"Bearer {stage.token}"}
        day = (datetime.now(UTC) + timedelta(days=5)).date()
        times = f"""{{ experiences(first: 1) {{ edges {{ node {{
            availability(date: "{day}", partySize: 2) {{ asOf }} }} }} }} }}"""
        public = [_cache(edge.get(_NAMES)), _cache(edge.get(_NAMES))]
        public += [_cache(edge.get(_NAMES, **signed_in)), _cache(edge.get(times))]
        member = "{ me { email } }"
        private = {_cache(edge.get(member, **signed_in)) for _ in range(3)}
        failing = {_cache(edge.get("{ nothing }")) for _ in range(2)}
        yield _row("CDN: a public query, again, by a member", public[:3], ["MISS", "HIT", "HIT"])
        secret = "stored" if stage.member["email"] in edge.kept() else "not stored"
        yield _row(
            "CDN: a member's data, a failure",
            [*private, *failing, secret],
            ["MISS", "MISS", "not stored"],
        )
        edge.lose_the_origin()
        away = [_cache(edge.get(_NAMES))]
        time.sleep(AGE_SECONDS)
        away.append(_cache(edge.get(times)))
        away.append(str(edge.get(member, **signed_in).status_code))
        yield _row("CDN: the origin is down", away, ["HIT", "STALE", "502"])


def _cache(response: httpx.Response) -> str:
    return response.headers.get("x-cache", "none")


def _row(name: str, found: list[str], wanted: list[str]) -> Row:
    figure, right = ", ".join(found), ", ".join(wanted)
    return Row(name=name, figure=figure, wanted=right, fine=figure == right)
