"""`python -m bff`: serve, work, and what an operator needs."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Sequence

import uvicorn

from bff import worker
from bff.app import build_app
from bff.cli import bookings
from bff.cli.bookings import CannotDo
from bff.settings import BadSettings, Settings, read_settings
from bff.telemetry import configure_logging
from bff.wiring.house import open_house

BAD_SETTINGS = 2
# Requests under way may take their whole booking budget before they are cut off.
STOP_SECONDS = 20


class CannotStart(Exception):
    """The process cannot run as it was asked to; the message is for the operator."""


def serve(settings: Settings, *, works: bool) -> None:
    """Answer requests until SIGTERM or SIGINT; `works`: finish bookings as well."""
    with _listening(settings.host, settings.port) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                build_app(settings, works=works),
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        server.run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as problem:
        raise CannotStart(f"cannot listen on {host}:{port}: {problem.strerror}") from problem


async def work(settings: Settings) -> None:
    """Finish bookings, without answering requests, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_house(settings) as house, worker.running(house.worker):
        await stop.wait()


_SERVICES: dict[str, tuple[str, Callable[[Settings], None]]] = {
    "dev": ("answer requests and finish bookings, in one process", lambda s: serve(s, works=True)),
    "serve": ("answer requests only", lambda s: serve(s, works=False)),
    "work": ("finish bookings only", lambda s: asyncio.run(work(s))),
}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bff", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (text, _) in _SERVICES.items():
        commands.add_parser(name, help=text, description=text).set_defaults(run=_serve)
    bookings.add_to(commands)
    return parser


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    with contextlib.suppress(KeyboardInterrupt):
        _SERVICES[options.command][1](settings)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _arguments().parse_args(arguments)
    is_service = options.command in _SERVICES
    # An operator's command answers on standard output; only what is wrong goes beside it.
    configure_logging(sys.stderr, "INFO" if is_service else "WARNING")
    run: Callable[[Settings, argparse.Namespace], int] = options.run
    try:
        return run(read_settings(), options)
    except (BadSettings, CannotStart) as problem:
        print(problem, file=sys.stderr)
        return BAD_SETTINGS
    except CannotDo as problem:
        print(problem, file=sys.stderr)
        return problem.code


if __name__ == "__main__":
    sys.exit(main())
