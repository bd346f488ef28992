"""How many bookings one copy makes a second, what each writes, and how fast a backlog is drained.

`python -m benchmarks.bookings_per_second [--ledger sqlite|dynamodb] [--bookings N]`. One copy as
`bff dev`, the sandbox at 0 ms and all guests share this machine.
"""

import argparse
import asyncio
import itertools
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests import aws_stand_ins
from tests.chaos.copies import Copy, Started, running
from tests.chaos.figures import AT_ONCE, GUESTS, ledger_writes, roomy, speed
from tests.chaos.guests import Guest, Slot, new_key, seed_guests, sign_all_in
from tests.chaos.storm import at_once
from tests.sandbox_process import Sandbox, running_sandbox

LEDGERS = ("sqlite", "dynamodb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of one ledger."""

    by_points: float
    by_card: float
    writes_by_points: float
    writes_by_card: float
    drained: float


ROWS = {
    "bookings a second, by points": "by_points",
    "bookings a second, by card (book, pay, confirm)": "by_card",
    "ledger writes of a booking by points, its news among them": "writes_by_points",
    "ledger writes of a booking by card, likewise": "writes_by_card",
    "backlog of 120 drained a second, after an outage of 20 s": "drained",
}


async def measured(folder: Path, sandbox: Sandbox, settings: Mapping[str, str], n: int) -> Result:
    def own(name: str) -> Path:
        made = folder / name
        made.mkdir()
        return made

    writes = await ledger_writes(sandbox, own("writes"), settings)
    sandbox.reset()
    points = await speed(sandbox, own("points"), settings, bookings=n)
    sandbox.reset()
    return Result(
        by_points=points.bookings_per_second,
        by_card=await card_speed(sandbox, own("card"), settings, n),
        writes_by_points=writes["points"],
        writes_by_card=writes["card"],
        drained=points.drained_per_second,
    )


async def card_speed(sandbox: Sandbox, folder: Path, settings: Mapping[str, str], n: int) -> float:
    """Confirmed card bookings a second; the guest pays at once, and Stripe's webhook is off."""
    copy = Copy("dev", sandbox, folder, launch=Started, settings=settings)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http, running(copy):
        guests = seed_guests(sandbox, [copy.url], http, GUESTS)
        await sign_all_in(guests)
        slots = await roomy(sandbox, guests[0], n // GUESTS)
        wishes = [(guest, slot) for slot, guest in itertools.product(slots, guests)]

        async def buy(wish: tuple[Guest, Slot]) -> None:
            guest, slot = wish
            opened = await guest.by_card(slot, new_key())
            secret = opened["paymentSheet"]["paymentIntentClientSecret"]
            await sandbox.post_aside("/stripe/pay", {"client_secret": secret, "card": "visa"})
            done = await guest.confirm(opened["booking"]["id"])
            if done["__typename"] != "BookingAccepted":
                raise RuntimeError(f"not confirmed: {done}")

        started = time.monotonic()
        await at_once(buy, wishes, AT_ONCE)
        return len(wishes) / (time.monotonic() - started)


@contextmanager
def settings_of(ledger: str, folder: Path) -> Iterator[Mapping[str, str]]:
    with ExitStack() as stack:
        if ledger == "sqlite":
            yield {}
            return
        dynamodb = stack.enter_context(aws_stand_ins.running_dynoxide(folder))
        aws = stack.enter_context(aws_stand_ins.running_ministack(folder))
        yield aws_stand_ins.distributed(dynamodb, aws)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", choices=LEDGERS, action="append", help="may be given again")
    parser.add_argument("--bookings", type=int, default=480)
    options = parser.parse_args()
    found: dict[str, Result] = {}
    for ledger in options.ledger or LEDGERS:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            with running_sandbox(folder) as sandbox, settings_of(ledger, folder) as settings:
                found[ledger] = asyncio.run(measured(folder, sandbox, settings, options.bookings))
    print(f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    print(f"| one copy | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for text, name in ROWS.items():
        print(f"| {text} | {' | '.join(f'{getattr(one, name):.0f}' for one in found.values())} |")


if __name__ == "__main__":
    main()
