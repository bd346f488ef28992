"""Start the sandbox and the BFF against it, and say where to click.

Everything is new at each start: the sandbox keeps its books in memory, so a ledger from before
would speak of bookings that nobody else knows. Settings in the environment win, BFF_PORT for one.
"""

import argparse
import base64
import contextlib
import fcntl
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from examples import MUTATION, QUERY, curl, find_slot

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 50
STOP_SECONDS = 25
LARGEST_PORT = 65535
HAND_OVERS = ("endpoints.json", "sandbox.json", "bff.env")


class CannotRun(Exception):
    """The message is for whoever started us."""


class Stopped(Exception):
    """Somebody asked us to stop."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--state-dir", type=Path, default=ROOT / ".run")
    options.add_argument("--port", default=os.environ.get("BFF_PORT") or "8000")
    chosen = options.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    started: list[subprocess.Popen[bytes]] = []
    try:
        check_port(chosen.port)
        with alone_in(chosen.state_dir.absolute()) as state:
            try:
                run(state, chosen.port, started)
            finally:
                stop(started)
                for name in ("endpoints.json", "bff.env"):
                    (state / name).unlink(missing_ok=True)
    except CannotRun as problem:
        print(f"make run: {problem}", file=sys.stderr)
        return 1
    except Stopped:
        print("\nStopped.", flush=True)
    return 0


def check_port(port: str) -> None:
    """Before anything is touched: a port that is none, or somebody else's."""
    if not port.isdecimal() or not 0 < int(port) <= LARGEST_PORT:
        raise CannotRun(f"BFF_PORT must be a port from 1 to {LARGEST_PORT}, not {port!r}")
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except OSError as problem:
        raise CannotRun(
            f"port {port} cannot be used ({problem.strerror}); another: BFF_PORT=8001 make run"
        ) from problem


@contextlib.contextmanager
def alone_in(state: Path) -> Iterator[Path]:
    """The folder, empty of what an earlier run left; one that runs in it is let be."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("w")
    except OSError as problem:
        raise CannotRun(f"cannot write to {state}: {problem.strerror}") from problem
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise CannotRun(f"it is running already in {state}; stop that first") from taken
        for old in (*state.glob("ledger.db*"), *(state / name for name in HAND_OVERS)):
            old.unlink(missing_ok=True)
        yield state


def run(state: Path, port: str, started: list[subprocess.Popen[bytes]]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    sandbox = start(started, "sandbox", environment, "--state-dir", str(state), *control_port())
    hand_over = wait_for_file(state / "sandbox.json", sandbox)
    base = f"http://127.0.0.1:{port}"
    settings = own_settings(state, port) | hand_over["environment"]
    write_settings(state / "bff.env", settings)
    bff = start(started, "bff", settings | environment, "dev")
    wait_until_ready(f"{base}/readyz", bff)
    post(
        f"{hand_over['control']}/stripe/webhook",
        {
            "url": f"{base}/webhooks/stripe",
            "secret": hand_over["environment"]["STRIPE_WEBHOOK_SECRETS"],
        },
    )
    present(state, base, hand_over)
    while True:
        for name, process in (("sandbox", sandbox), ("BFF", bff)):
            if process.poll() is not None:
                raise CannotRun(f"the {name} ended by itself (status {process.returncode})")
        time.sleep(0.5)


def control_port() -> list[str]:
    port = os.environ.get("SANDBOX_CONTROL_PORT")
    return ["--control-port", port] if port else []


def key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def data_keys(path: Path) -> dict[str, str]:
    """The file is made once and kept, so that what was sealed by it can be opened."""
    if "DATA_KEYS" in os.environ:
        return {}
    with contextlib.suppress(FileExistsError):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(f"{key()}\n")
    return {"DATA_KEYS_FILE": str(path)}


def own_settings(state: Path, port: str) -> dict[str, str]:
    return {
        "BFF_MODE": "development",
        "BFF_PORT": port,
        "BFF_SERVE_ON_SECONDS": "0",
        "LEDGER_PATH": str(state / "ledger.db"),
        **data_keys(state / "data-keys"),
        "SLOT_KEYS": key(),
        "COGNITO_PASSWORD_KEY": key(),
    }


def write_settings(path: Path, settings: dict[str, str]) -> None:
    """For a shell beside us: what an operator's commands need, `export` included."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")


def start(
    started: list[subprocess.Popen[bytes]], module: str, environment: dict[str, str], *args: str
) -> subprocess.Popen[bytes]:
    """Start one part in a session of its own, so that Ctrl-C reaches it through us only."""
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *args],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    started.append(process)
    return process


def wait_for_file(path: Path, process: subprocess.Popen[bytes]) -> Any:
    until = time.monotonic() + START_SECONDS
    while not path.exists():
        _check(process, "sandbox", until)
    return json.loads(path.read_text(encoding="utf-8"))


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            _check(process, "BFF", until)


def _check(process: subprocess.Popen[bytes], name: str, until: float) -> None:
    if process.poll() is not None:
        raise CannotRun(f"the {name} did not start (it says why above)")
    if time.monotonic() > until:
        raise CannotRun(f"the {name} did not answer within {START_SECONDS} seconds")
    time.sleep(0.05)


def post(url: str, body: Any, token: str | None = None) -> Any:
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own address
        text = answer.read()
        return json.loads(text) if text else None


def sign_in(graphql: str, member: dict[str, str]) -> str:
    query = (
        "mutation($input: SignInInput!) { signIn(input: $input) {"
        " __typename ... on Session { accessToken } } }"
    )
    answer = post(graphql, {"query": query, "variables": {"input": member}})
    token = answer["data"]["signIn"].get("accessToken")
    if not token:
        raise CannotRun(f"the test member could not sign in: {answer}")
    return str(token)


def present(state: Path, base: str, hand_over: dict[str, Any]) -> None:
    graphql, member = f"{base}/graphql", hand_over["member"]
    token = sign_in(graphql, member)
    endpoints = {
        "graphql": graphql,
        "graphiql": f"{base}/graphiql",
        "control": hand_over["control"],
        **member,
        "token": token,
    }
    slot_id = find_slot(lambda body: post(graphql, body, token))
    booking = {"idempotencyKey": f"try-{secrets.token_hex(12)}", "slotId": slot_id}
    path = state / "endpoints.json"
    path.write_text(json.dumps(endpoints, indent=2) + "\n", encoding="utf-8")
    path.chmod(0o600)
    mutation = MUTATION.format(input=", ".join(f'{k}: "{v}"' for k, v in booking.items()))
    print(
        f"""
COMO Club BFF is running. Ctrl-C stops it.

  GraphQL          {graphql}
  GraphiQL         {endpoints["graphiql"]}
  Sandbox control  {endpoints["control"]}
  Member           {member["email"]}   password {member["password"]}
  Access token     {token}

A query to paste:
{QUERY}
{curl(graphql, QUERY)}

A booking with points (the slot id is good for 15 minutes), with the header
Authorization: Bearer <access token>
{mutation}
{curl(graphql, mutation, token)}

What an operator sees of it:
. {state / "bff.env"} && {sys.executable} -m bff bookings

The same addresses stand in {path}.
""",
        flush=True,
    )


def stop(started: list[subprocess.Popen[bytes]]) -> None:
    """The BFF first, so that it hands back what it has under way."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for process in reversed(started):
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
