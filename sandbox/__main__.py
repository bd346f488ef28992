"""`python -m sandbox`: stand-ins for every upstream, and the control port."""

import argparse
import asyncio
import sys
from pathlib import Path

from uvicorn.loops.auto import auto_loop_factory

from sandbox.server import CONTROL, CannotStart, Options, run
from sandbox.upstreams import NAMES

CANNOT_START = 2
LARGEST_PORT = 65535


def _port(value: str) -> int:
    if not value.isdecimal() or int(value) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{value} is no port (0 to {LARGEST_PORT})")
    return int(value)


def _options(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--state-dir", type=Path, required=True, help="where sandbox.json is written"
    )
    parser.add_argument("--host", default="127.0.0.1")
    for name in (*NAMES, CONTROL):
        parser.add_argument(f"--{name}-port", type=_port, default=0, help="0: any free port")
    read = vars(parser.parse_args(arguments))
    ports = {name: read[f"{name}_port"] for name in (*NAMES, CONTROL)}
    return Options(state_dir=read["state_dir"], host=read["host"], ports=ports)


def main(arguments: list[str] | None = None) -> int:
    """Run until a signal; 0 when told to stop, 2 when it could not start."""
    options = _options(arguments)
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(run(options))
    except CannotStart as problem:
        sys.stderr.write(f"sandbox: {problem}\n")
        return CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
