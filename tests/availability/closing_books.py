"""What every guest is told in the end, against the upstreams' own books."""

import asyncio
import time
from collections.abc import Collection, Mapping

from tests.availability.steady_load import SteadyLoad
from tests.chaos.audit import GIVEN_UP, KEPT, Audit, read_books
from tests.chaos.guests import Told
from tests.sandbox_process import Sandbox

QUIET_SECONDS = 120.0
# Longer than any hold that nobody knows of: it must have ended when the books are read.
PAST_EVERY_HOLD_SECONDS = 700


async def quiet(load: SteadyLoad, sandbox: Sandbox) -> dict[str, list[Told]]:
    """By guest, once nothing moves any more."""
    ends = time.monotonic() + QUIET_SECONDS
    told: dict[str, list[Told]] = {}
    left = list(load.guests)
    while left and time.monotonic() < ends:
        for guest in left:
            told[guest.email] = await guest.bookings()
        left = [guest for guest in left if not _is_final(told[guest.email])]
        await asyncio.sleep(0.2)
    await asyncio.to_thread(sandbox.advance, PAST_EVERY_HOLD_SECONDS)
    return told


def audited(
    load: SteadyLoad, sandbox: Sandbox, told: Mapping[str, list[Told]]
) -> tuple[Audit, list[str]]:
    """What is wrong with the books, and which bookings were promised and are not kept."""
    books, audit = read_books(sandbox), Audit()
    for guest in load.guests:
        for one in told[guest.email]:
            audit.booking(one, books)
        kept = sum(one.points or 0 for one in told[guest.email] if one.status in KEPT)
        audit.balance(guest.customer_number, kept, books)
    known = {one.id: one.status for found in told.values() for one in found}
    audit.whole(known, books)
    return audit, [one for one in load.promised.values() if known.get(one) not in KEPT]


def _is_final(told: Collection[Told]) -> bool:
    return all(one.status in KEPT | GIVEN_UP or one.in_doubt for one in told)
