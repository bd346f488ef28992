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
        public = [_cache(edge.get(_NAMES)), _cache(edge.get(_NAMES))]
        public += [_cache(edge.get(_NAMES, **signed_in)), str(_again(edge, _NAMES).status_code)]
        yield _row(
            "CDN: a public query, again, by a member, by its mark",
            public,
            ["MISS", "HIT", "HIT", "304"],
        )
        member = "{ me { email } }"
        private = {_cache(edge.get(member, **signed_in)) for _ in range(3)}
        failing = {_cache(edge.get("{ nothing }")) for _ in range(2)}
        secret = "stored" if stage.member["email"] in edge.kept() else "not stored"
        yield _row(
            "CDN: a member's data, a failure",
            [*private, *failing, secret],
            ["MISS", "MISS", "not stored"],
        )
        ages = [_cache(edge.get(_times(size))) for size in (2, 3)]
        time.sleep(AGE_SECONDS)
        ages.append(_cache(edge.get(_times(2))))
        _until(lambda: _cache(edge.get(_times(2))) == "HIT")
        yield _row("CDN: too old, answered and renewed behind", ages, ["MISS", "MISS", "STALE"])
        edge.lose_the_origin()
        away = [_cache(edge.get(_NAMES)), _cache(edge.get(_times(3)))]
        away.append(str(edge.get(member, **signed_in).status_code))
        yield _row("CDN: the origin is down", away, ["HIT", "STALE", "502"])


def _times(party_size: int) -> str:
    day = (datetime.now(UTC) + timedelta(days=5)).date()
    return f"""{{ experiences(first: 1) {{ edges {{ node {{
        availability(date: "{day}", partySize: {party_size}) {{ asOf }} }} }} }} }}"""


def _again(edge: Cdn, query: str) -> httpx.Response:
    """Asked by who has the answer already."""
    return edge.get(query, **{"if-none-match": edge.get(query).headers["etag"]})


def _cache(response: httpx.Response) -> str:
    return response.headers.get("x-cache", "none")


def _row(name: str, found: list[str], wanted: list[str]) -> Row:
    figure, right = ", ".join(found), ", ".join(wanted)
    return Row(name=name, figure=figure, wanted=right, fine=figure == right)
