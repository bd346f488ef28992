"""For how long a booking is kept once nothing about it can move any more."""

import datetime as dt
import logging
from typing import Protocol

from bff.booking.model import Booking, Point
from bff.clock import Clock

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
# In one go, so that nothing else waits for long.
MOST_AT_ONCE = 1000


def end_of(booking: Booking) -> dt.datetime | None:
    """When it ended; None while anything is to be done, asked or decided."""
    if booking.in_doubt or booking.due_at is not None or booking.lease_until is not None:
        return None
    if booking.point is Point.CONFIRMED:
        return max(booking.updated_at, booking.terms.starts_at)
    return booking.updated_at if booking.point is Point.ENDED else None


def expiry_of(booking: Booking, keep: dt.timedelta | None) -> dt.datetime | None:
    """From when on it may be gone; `keep`: None is for ever."""
    end = end_of(booking)
    return None if end is None or keep is None else end + keep


class Retention(Protocol):
    async def forget(self, now: dt.datetime, keep: dt.timedelta | None, limit: int) -> int:
        """Remove bookings that ended longer ago than `keep`, with their keys; how many.

        At most `limit`, and none where `keep` is None. What else the ledger keeps for a time only
        goes as well.
        """
        ...


class Forgetting:
    """Once an hour, for a ledger that does not do it by itself."""

    def __init__(self, retention: Retention, keep: dt.timedelta | None, clock: Clock) -> None:
        self._retention = retention
        self._keep = keep
        self._clock = clock

    async def forever(self) -> None:
        while True:
            await self.once()
            await self._clock.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        try:
            number = await self._retention.forget(self._clock.now(), self._keep, MOST_AT_ONCE)
        except Exception:
            log.exception("not_forgotten")
            return
        if number:
            log.info("bookings_forgotten", extra={"number": number})
