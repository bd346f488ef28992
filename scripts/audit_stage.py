"""What the audit looks at: the sandbox, and a BFF in each mode against it."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples import MUTATION, find_slot
from run import (
    ROOT,
    CannotRun,
    own_settings,
    post,
    sign_in,
    stop,
    wait_for_file,
    wait_until_ready,
)

OPERATIONS = ROOT / "audit" / "operations.json"
TRUSTS = {"BFF_TRUSTED_DOCUMENTS": "allow", "BFF_TRUSTED_DOCUMENT_FILES": str(OPERATIONS)}
# The same operations in the plain form: by their ids.
PLAIN = "operations.json"


@dataclass(frozen=True, kw_only=True)
class Row:
    """`wanted` says in words what `figure` has to be; `fine` whether it is."""

    name: str
    figure: str
    wanted: str
    fine: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`development`, `production` and `strict` are GraphQL addresses; `logs` all that they wrote.

    The strict one takes nothing but its own operations. `pid` is the process in production.
    """

    development: str
    production: str
    strict: str
    control: str
    issuer: str
    member: dict[str, str]
    token: str
    booking: str
    logs: tuple[Path, ...]
    pid: int

    def as_json(self) -> str:
        """For audits that are written in other languages."""
        manifest = json.loads(OPERATIONS.read_text(encoding="utf-8"))
        names = ("development", "production", "strict", "control")
        return json.dumps(
            {
                **{name: getattr(self, name) for name in names},
                "member": self.member,
                "token": self.token,
                "booking": self.booking,
                "operations": manifest["operations"],
            }
        )

    def processor_seconds(self) -> float:
        """What the server in production has used of the processor so far. Linux only."""
        fields = (
            Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def logged(self) -> str:
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in self.logs)


@contextlib.contextmanager
def set_up() -> Iterator[Stage]:
    """Start everything anew in a folder of its own, and stop it whatever happens."""
    started: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            stage = _start(Path(folder), started)
        except CannotRun:
            for log in Path(folder).glob("*.log"):
                sys.stderr.write(log.read_text(encoding="utf-8")[-2000:])
            stop(started)
            raise
        try:
            yield stage
        finally:
            stop(started)


def _start(folder: Path, started: list[subprocess.Popen[bytes]]) -> Stage:
    sandbox = _process(started, folder / "sandbox.log", os.environ, "sandbox", str(folder))
    hand_over = wait_for_file(folder / "sandbox.json", sandbox)
    keys = own_settings(folder, "0")
    servers, processes = {}, {}
    for name, chosen in _servers(folder).items():
        own = {**keys, **hand_over["environment"], **chosen}
        own |= {"BFF_PORT": _free_port(), "LEDGER_PATH": str(folder / f"{name}.db")}
        process = _process(started, folder / f"{name}.log", {**os.environ, **own}, "bff")
        servers[name] = f"http://127.0.0.1:{own['BFF_PORT']}"
        processes[name] = process
    for name, process in processes.items():
        wait_until_ready(f"{servers[name]}/readyz", process)
    graphql = f"{servers['development']}/graphql"
    token = sign_in(graphql, hand_over["member"])
    return Stage(
        development=graphql,
        production=f"{servers['production']}/graphql",
        strict=f"{servers['strict']}/graphql",
        control=hand_over["control"],
        issuer=hand_over["environment"]["COGNITO_ISSUER"],
        member=hand_over["member"],
        token=token,
        booking=_book(graphql, token),
        logs=tuple(folder / f"{name}.log" for name in servers),
        pid=processes["production"].pid,
    )


def _servers(folder: Path) -> dict[str, dict[str, str]]:
    """The settings of each, beside those that all have."""
    apollos = json.loads(OPERATIONS.read_text(encoding="utf-8"))["operations"]
    plain = json.dumps({it["id"]: it["body"] for it in apollos})
    (folder / PLAIN).write_text(plain, encoding="utf-8")
    strict = {
        "BFF_TRUSTED_DOCUMENTS": "require",
        "BFF_TRUSTED_DOCUMENT_FILES": str(folder / PLAIN),
    }
    return {
        "development": {"BFF_MODE": "development", **TRUSTS},
        "production": {"BFF_MODE": "production", **TRUSTS},
        "strict": {"BFF_MODE": "production", **strict},
    }


def _process(
    started: list[subprocess.Popen[bytes]], log: Path, environment: Any, *module: str
) -> subprocess.Popen[bytes]:
    arguments = [*module[:1], *(["--state-dir", *module[1:]] if module[1:] else ["dev"])]
    with log.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=written,
        )
    started.append(process)
    return process


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def _book(graphql: str, token: str) -> str:
    """A booking of the member's to look at and to watch; its id."""
    slot_id = find_slot(lambda body: post(graphql, body, token))
    wish = {"idempotencyKey": f"audit-{secrets.token_hex(12)}", "slotId": slot_id}
    given = ", ".join(f'{name}: "{value}"' for name, value in wish.items())
    answer = post(graphql, {"query": MUTATION.format(input=given)}, token)
    return str(answer["data"]["bookWithPoints"]["booking"]["id"])
