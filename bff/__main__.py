"""`python -m bff`: serve, work, and what an operator needs."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from bff.booking.ledger_away import LedgerAway
from bff.cli import bookings, credentials, data_keys, dead_letters, purge
from bff.cli.ending import CannotDo, Exit
from bff.credentials.kms import CannotOpenKeys
from bff.serving import CannotStart, serve, work
from bff.settings import BadSettings, Settings, read_settings
from bff.telemetry import configure_logging
from clients.aws import AwsFailed
from clients.tracing import trace_facts

BAD_SETTINGS = 2

_SERVICES: dict[str, tuple[str, Callable[[Settings], None]]] = {
    "dev": ("answer requests and finish bookings, in one process", lambda s: serve(s, works=True)),
    "serve": ("answer requests only", lambda s: serve(s, works=False)),
    "work": ("finish bookings only", work),
}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bff", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (text, _) in _SERVICES.items():
        commands.add_parser(name, help=text, description=text).set_defaults(run=_serve)
    for command in (bookings, dead_letters, data_keys, purge, credentials):
        command.add_to(commands)
    return parser


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    _SERVICES[options.command][1](settings)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _arguments().parse_args(arguments)
    is_service = options.command in _SERVICES
    # An operator's command answers on standard output; only what is wrong goes beside it.
    configure_logging(sys.stderr, "INFO" if is_service else "WARNING", about=trace_facts)
    # Making a file of keys needs no more than its name.
    read: Callable[[], Any] = getattr(options, "read", read_settings)
    run: Callable[[Any, argparse.Namespace], int] = options.run
    try:
        return run(read(), options)
    except (BadSettings, CannotStart, CannotOpenKeys) as problem:
        print(problem, file=sys.stderr)
        return BAD_SETTINGS
    except (AwsFailed, LedgerAway) as problem:
        print(problem, file=sys.stderr)
        return Exit.AWAY
    except CannotDo as problem:
        print(problem, file=sys.stderr)
        return problem.code


if __name__ == "__main__":
    sys.exit(main())
