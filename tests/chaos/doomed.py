"""A copy of the BFF that can be made to die at a chosen instant, and to be less patient.

The product knows nothing of this: the transport and the ledger are wrapped from outside, before
the command line is handed on to `bff`. An instant lies before or after an upstream call or a ledger
write, and is named by what it is next to and how often that has been met: `after ledger save#3`.
"""

import contextlib
import dataclasses
import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

from bff import __main__ as command_line
from bff.booking import policy
from bff.ledger.dynamodb import DynamoLedger
from bff.ledger.dynamodb_places import DynamoPlaceNews
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_places import SqlitePlaceNews
from bff.settings import Settings

LEDGER_WRITES = ("open", "save", "claim", "record_event")
WRITE = "write"
# Calls that are sent as writes and change nothing that a guest could miss.
SIGN_INS = frozenset({"auth", "authenticate", "signin", "search-simple"})
LONG_NAME, MANY_DIGITS = 24, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Doom:
    """`journal` gets the name of every instant while `armed` exists.

    `dies_at` is the instant of the SIGKILL; `patience` sets numbers of `bff.booking.policy`, and
    `HOLD_SECONDS` below the least that settings take.
    """

    journal: Path | None = None
    armed: Path | None = None
    dies_at: str | None = None
    patience: Mapping[str, float] = field(default_factory=dict)


class _Instants:
    def __init__(self, doom: Doom) -> None:
        self._doom = doom
        self._met: Counter[str] = Counter()

    def pass_by(self, what: str) -> None:
        doom = self._doom
        if doom.journal is None or doom.armed is None or not doom.armed.exists():
            return
        self._met[what] += 1
        name = f"{what}#{self._met[what]}"
        with doom.journal.open("a") as journal:
            journal.write(f"{name}\n")
        if name == doom.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def live(command: str, environment: Mapping[str, str], log: Path, doom: Doom) -> None:
    """What a process of its own does: `bff <command>` until it is stopped, or dies."""
    _only(environment)
    with log.open("a") as stderr:
        os.dup2(stderr.fileno(), sys.stderr.fileno())
    instants = _Instants(doom)
    _wrap_transport(instants)
    _wrap_ledger(instants)
    _set_patience(doom.patience)
    sys.exit(command_line.main([command]))


def say(arguments: Sequence[str], environment: Mapping[str, str], answer: Path) -> None:
    """One command of an operator's, in a process of its own; its answer is in a file."""
    _only(environment)
    with answer.open("w") as out, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = command_line.main(arguments)
    sys.exit(code)


def _only(environment: Mapping[str, str]) -> None:
    os.environ.clear()  # noqa: TID251 - a new process is given its environment here
    os.environ.update(environment)  # noqa: TID251


def _wrap_transport(instants: _Instants) -> None:
    """On the wire itself, below all that may be repeated, cut short or shared."""
    send = AiohttpTransport.handle_async_request

    async def watched(self: AiohttpTransport, request: httpx.Request) -> httpx.Response:
        what = name_of(request.method, request.url.path)
        instants.pass_by(f"before {what}")
        answer: httpx.Response = await send(self, request)
        instants.pass_by(f"after {what}")
        return answer

    AiohttpTransport.handle_async_request = watched  # type: ignore[method-assign]


def name_of(method: str, path: str) -> str:
    """`write PUT /concierge/:id/venues/:id/holds`: the same in every run."""
    parts = [":id" if _is_id(part) else part for part in path.split("/")]
    reads = method == "GET" or parts[-1] in SIGN_INS
    return f"{'read' if reads else WRITE} {method} {'/'.join(parts)}"


def _is_id(part: str) -> bool:
    return len(part) >= LONG_NAME or sum(map(str.isdigit, part)) >= MANY_DIGITS


def _wrap_ledger(instants: _Instants) -> None:
    ledgers = dict.fromkeys((SqliteLedger, DynamoLedger), LEDGER_WRITES)
    news = dict.fromkeys((SqlitePlaceNews, DynamoPlaceNews), ("tell",))
    for kind, names in {**ledgers, **news}.items():
        for name in names:
            setattr(kind, name, _watched(getattr(kind, name), name, instants))


def _watched(
    write: Callable[..., Awaitable[Any]], name: str, instants: _Instants
) -> Callable[..., Awaitable[Any]]:
    async def watched(ledger: Any, *args: Any, **named: Any) -> Any:
        if not await _is_ours(ledger, name, args):
            return await write(ledger, *args, **named)
        instants.pass_by(f"before ledger {name}")
        written = await write(ledger, *args, **named)
        instants.pass_by(f"after ledger {name}")
        return written

    return watched


async def _is_ours(ledger: Any, name: str, args: tuple[Any, ...]) -> bool:
    """Stripe tells every copy of every payment: one of another ledger is no instant of ours."""
    named = {"claim": 0, "record_event": 1}.get(name)
    return named is None or await ledger.load(args[named]) is not None


def _set_patience(patience: Mapping[str, float]) -> None:
    read: Callable[[], Settings] = vars(command_line)["read_settings"]

    def impatient() -> Settings:
        settings = read()
        seconds = patience.get("HOLD_SECONDS")
        return (
            settings
            if seconds is None
            else dataclasses.replace(settings, hold_seconds=int(seconds))
        )

    vars(command_line)["read_settings"] = impatient
    for name in set(patience) - {"HOLD_SECONDS"}:
        assert hasattr(policy, name), name
        setattr(policy, name, patience[name])
