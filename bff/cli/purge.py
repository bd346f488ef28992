"""`python -m bff purge`: remove bookings that ended long ago."""

import argparse
import asyncio
import datetime as dt
import json
from typing import Any

from bff.cli.ending import CannotDo, Exit
from bff.cli.standing_ledger import read_with_ledger
from bff.clock import SystemClock
from bff.environment import FEWEST_KEPT_DAYS
from bff.settings import Settings
from bff.wiring.storage import kept_for, open_storage

# Until nothing is left; a table is gone through as a whole for each step.
STEP = 10_000
# A hundred years: before that there was nothing to keep.
MOST_DAYS = 36_500


def add_to(commands: Any) -> None:
    text = "remove bookings that ended longer ago than KEEP_BOOKINGS_DAYS, and their keys"
    parser = commands.add_parser("purge", help=text, description=text)
    parser.set_defaults(run=run, read=read_with_ledger)
    parser.add_argument("--older-than", type=_days, metavar="DAYS", help="instead of the setting")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def _days(text: str) -> dt.timedelta:
    if not text.isdecimal() or not FEWEST_KEPT_DAYS <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"a number of days from {FEWEST_KEPT_DAYS} to {MOST_DAYS}")
    return dt.timedelta(days=int(text))


def run(settings: Settings, options: argparse.Namespace) -> int:
    """The command's exit code; its answer is on standard output."""
    keep = options.older_than or kept_for(settings)
    if keep is None:
        raise CannotDo(Exit.USAGE, "KEEP_BOOKINGS_DAYS is 0, for ever: say --older-than DAYS.")
    forgotten = asyncio.run(_purged(settings, keep))
    told = {"removed": forgotten, "older_than_days": keep.days}
    print(json.dumps(told) if options.json else f"{forgotten} bookings removed")
    return Exit.DONE


async def _purged(settings: Settings, keep: dt.timedelta) -> int:
    clock, forgotten = SystemClock(), 0
    async with open_storage(settings) as storage:
        while step := await storage.retention.forget(clock.now(), keep, STEP):
            forgotten += step
    return forgotten
