"""How fast it is when nothing fails, how much it writes, and how fast it catches up."""

import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos.copies import Copy, Started, running
from tests.chaos.doomed import Doom
from tests.chaos.guests import (
    Guest,
    Slot,
    make_room,
    new_key,
    seed_guests,
    sign_all_in,
    slots_of,
)
from tests.chaos.storm import at_once
from tests.sandbox_process import Sandbox

GUESTS = 60
AT_ONCE = 24
BACKLOG = 120
OUTAGE_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.25
_LEDGER = "before ledger "


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    bookings_per_second: float
    drained_per_second: float
    drained_seconds: float
    busiest_second: int


async def speed(
    sandbox: Sandbox, folder: Path, settings: Mapping[str, str], *, bookings: int
) -> Speed:
    """One copy as `bff dev`, one core of this machine, upstreams that answer at once."""
    copy = Copy("dev", sandbox, folder, launch=Started, settings=settings)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http, running(copy):
        guests = seed_guests(sandbox, [copy.url], http, GUESTS)
        await sign_all_in(guests)
        slots = await roomy(sandbox, guests[0], bookings // GUESTS + 2)
        wishes = [
            (guest, slot) for slot, guest in itertools.product(slots[: bookings // GUESTS], guests)
        ]
        started = time.monotonic()
        await at_once(_book, wishes, AT_ONCE)
        rate = len(wishes) / (time.monotonic() - started)
        backlog = [(guest, slot) for slot, guest in itertools.product(slots[-2:], guests)]
        seconds, busiest = await _outage(sandbox, backlog)
        return Speed(
            bookings_per_second=rate,
            drained_per_second=len(backlog) / seconds,
            drained_seconds=seconds,
            busiest_second=busiest,
        )


async def roomy(sandbox: Sandbox, guest: Guest, count: int) -> list[Slot]:
    """Slots of different days and venues: no guest books the same place twice on one day."""
    slots: list[Slot] = []
    for ahead in range(3, 30):
        of_day = await slots_of(guest, on_request=False, days_ahead=ahead)
        slots += {slot.venue_id: slot for slot in of_day}.values()
        if len(slots) >= count:
            break
    slots = slots[:count]
    for slot in slots:
        await asyncio.to_thread(make_room, sandbox, slot, parties=GUESTS)
    return slots


async def _book(wish: tuple[Guest, Slot]) -> str:
    guest, slot = wish
    answer = await guest.by_points(slot, new_key())
    assert answer["__typename"] == "BookingAccepted", answer
    return str(answer["booking"]["id"])


async def _outage(sandbox: Sandbox, wishes: list[tuple[Guest, Slot]]) -> tuple[float, int]:
    """Seconds until a backlog is confirmed, and the calls of the reservation system's worst one."""
    sandbox.fault("sevenrooms", "down")
    ids = await at_once(_book, wishes, AT_ONCE)
    await asyncio.sleep(OUTAGE_SECONDS)
    sandbox.forget_calls()
    sandbox.clear_faults()
    back = time.monotonic()
    left = [(guest, booking_id) for (guest, _), booking_id in zip(wishes, ids, strict=True)]
    while left:
        told = await at_once(_status, left, 8)
        left = [one for one, status in zip(left, told, strict=True) if status != "CONFIRMED"]
        assert time.monotonic() - back < 120, f"{len(left)} are not confirmed"
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    seconds = time.monotonic() - back
    times = sorted(call["at"][:19] for call in sandbox.calls("sevenrooms"))
    return seconds, max(len(list(group)) for _, group in itertools.groupby(times))


async def _status(one: tuple[Guest, str]) -> str:
    guest, booking_id = one
    return (await guest.told(booking_id)).status


async def ledger_writes(
    sandbox: Sandbox, folder: Path, settings: Mapping[str, str]
) -> dict[str, float]:
    """Writes for one booking by points, and by card with its confirmation; those of news too."""
    doom = Doom(journal=folder / "journal", armed=folder / "armed")
    copy = Copy("dev", sandbox, folder, doom=doom, settings=settings)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http, running(copy):
        (guest,) = seed_guests(sandbox, [copy.url], http, 1)
        await guest.sign_in()
        slots = await roomy(sandbox, guest, 2)
        (folder / "armed").touch()
        await guest.by_points(slots[0], new_key())
        by_points = _writes(folder / "journal")
        answer = await guest.by_card(slots[1], new_key())
        secret = answer["paymentSheet"]["paymentIntentClientSecret"]
        await sandbox.post_aside("/stripe/pay", {"client_secret": secret, "card": "visa"})
        await guest.confirm(answer["booking"]["id"])
        return {"points": by_points, "card": _writes(folder / "journal") - by_points}


def _writes(journal: Path) -> int:
    return sum(line.startswith(_LEDGER) for line in journal.read_text().splitlines())
