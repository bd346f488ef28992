"""How the bookings stand, as the ledger has it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from bff.booking.ports import Ledger
from bff.booking.standing import Standing, standing
from bff.clock import Clock

# What is looked at of the backlog; more than this is an alarm whatever its exact size.
MOST_UNFINISHED = 1000
# A collector gives up after ten seconds, and would lose all other figures with these.
LEDGER_SECONDS = 2.0

log = logging.getLogger(__name__)


async def found(ledger: Ledger, clock: Clock) -> Standing | None:
    """None while the ledger does not answer: all other figures are wanted now more than ever."""
    try:
        async with asyncio.timeout(LEDGER_SECONDS):
            rows = await ledger.unfinished(MOST_UNFINISHED)
    except Exception:
        log.exception("standing_unknown")
        return None
    return standing(rows, clock.now())


async def writing(takes_writes: Callable[[], Awaitable[bool]]) -> bool:
    """Whether the ledger takes writes, as far as it says so in time."""
    try:
        async with asyncio.timeout(LEDGER_SECONDS):
            return await takes_writes()
    except Exception:
        log.exception("writing_unknown")
        return False


def of_bookings(found: Standing | None, *, writes: bool) -> Iterator[Metric]:
    answers = int(found is not None and writes)
    yield GaugeMetricFamily(
        "bff_ledger_answers", "1 while the ledger is read and takes writes.", answers
    )
    if found is None:
        return
    yield GaugeMetricFamily("bff_bookings_backlog", "Bookings that we are to move.", found.backlog)
    yield GaugeMetricFamily(
        "bff_bookings_oldest_seconds",
        "Since the longest unchanged of them has changed.",
        found.oldest_seconds,
    )
    yield GaugeMetricFamily(
        "bff_bookings_in_doubt", "Bookings that wait for a person.", found.in_doubt
    )
    yield GaugeMetricFamily(
        "bff_bookings_overdue", "Bookings past their deadline and stuck.", found.overdue
    )
    yield GaugeMetricFamily(
        "bff_bookings_unreadable",
        "Unfinished bookings that cannot be opened.",
        found.unreadable,
    )
    statuses = GaugeMetricFamily(
        "bff_bookings_unfinished",
        "Unfinished bookings by what their guests are told.",
        labels=("status",),
    )
    for status, count in found.statuses.items():
        statuses.add_metric((status.value,), count)
    yield statuses
