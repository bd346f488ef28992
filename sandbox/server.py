"""Opens every port of the sandbox in one process, and closes them again."""

import asyncio
import contextlib
import json
import logging
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import seed, upstreams
from sandbox.calls import CallLog
from sandbox.clock import SandboxClock
from sandbox.control import app as control_app
from sandbox.control.desk import Desk
from sandbox.faults import FaultBoard
from sandbox.faulty import FaultyUpstream
from sandbox.listener import Listener, PortTaken, bound, url_of

CONTROL = "control"
HAND_OVER = "sandbox.json"
TIME_ZONES = "venue-time-zones.json"


class CannotStart(Exception):
    """The sandbox cannot run as it was asked to; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Options:
    """`ports` maps each upstream, and `control`, to its port; 0 takes a free one."""

    state_dir: Path
    host: str
    ports: Mapping[str, int]


async def run(options: Options) -> None:
    """Serve until SIGINT or SIGTERM. Errors: `CannotStart`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        sockets = _sockets(options, stack)
        hand_over, time_zones = _files(options.state_dir)
        environment = {"VENUE_TIME_ZONES_FILE": str(time_zones)}
        await _open(sockets, environment, stack)
        control = url_of(sockets[CONTROL])
        stack.callback(hand_over.unlink, missing_ok=True)
        _write(time_zones, seed.time_zones())
        _write(hand_over, _hand_over(control, environment))
        print(f"Sandbox control: {control}", flush=True)  # noqa: T201 - for who started it
        await stop.wait()
        # Whoever is cut off from here on is no error worth a traceback.
        logging.getLogger("uvicorn.error").disabled = True


def _sockets(options: Options, stack: contextlib.AsyncExitStack) -> dict[str, socket.socket]:
    """Every port, before anything starts: one that is taken stops the whole sandbox."""
    sockets = {}
    for name in (*upstreams.NAMES, CONTROL):
        try:
            sock = bound(options.host, options.ports.get(name, 0), f"--{name}-port")
        except PortTaken as problem:
            raise CannotStart(str(problem)) from problem
        stack.callback(sock.close)
        sockets[name] = sock
    return sockets


async def _open(
    sockets: Mapping[str, socket.socket],
    environment: dict[str, str],
    stack: contextlib.AsyncExitStack,
) -> None:
    """Start all of it; what points the BFF at it is added to `environment`."""
    clock, board, calls = SandboxClock(), FaultBoard(), CallLog()
    urls = {name: url_of(sock) for name, sock in sockets.items()}
    stand_ins = upstreams.make(urls, clock, seed.load())
    networks = {
        one.name: FaultyUpstream(one.app, one.name, board, calls, clock) for one in stand_ins
    }
    listeners = {name: Listener(app, sockets[name]) for name, app in networks.items()}
    desk = Desk(clock, board, calls, stand_ins, networks, listeners)
    for one in stand_ins:
        environment |= one.environment
    control = Listener(control_app.build(desk, environment), sockets[CONTROL])
    for listener in (*listeners.values(), control):
        await listener.start()
        stack.push_async_callback(listener.stop)
    for network in networks.values():
        stack.callback(network.late.forget)


def _files(state_dir: Path) -> tuple[Path, Path]:
    """Where the hand-over and the time zones go; a hand-over from before is taken away first."""
    hand_over = state_dir.absolute() / HAND_OVER
    try:
        hand_over.parent.mkdir(parents=True, exist_ok=True)
        hand_over.unlink(missing_ok=True)
    except OSError as problem:
        raise CannotStart(f"cannot write to {state_dir}: {problem.strerror}") from problem
    return hand_over, hand_over.with_name(TIME_ZONES)


def _hand_over(control: str, environment: Mapping[str, str]) -> dict[str, Any]:
    member = seed.load().members[0]
    return {
        "control": control,
        "environment": dict(sorted(environment.items())),
        "member": {"email": member.email, "password": member.password},
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """All of it or nothing: a reader never sees half a file."""
    half = path.with_suffix(".part")
    try:
        half.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        half.replace(path)
    except OSError as problem:
        raise CannotStart(f"cannot write {path}: {problem.strerror}") from problem
