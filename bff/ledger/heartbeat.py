"""Whether the ledger takes writes: a full disk, or a missing right, leaves reads as they are."""

import asyncio
import datetime as dt
import logging

from bff.booking.ledger_away import LedgerAway
from bff.clock import Clock
from bff.members.ports import Attempts

# Anybody may ask whether we are ready, as often as they like.
BEAT_SECONDS = 5.0
_BEAT = dt.timedelta(seconds=BEAT_SECONDS)
# No caller is counted under this name.
_NAME = "heartbeat"

log = logging.getLogger(__name__)


class Heartbeat:
    """Counts itself, which is the least that either ledger can be asked to write."""

    def __init__(self, attempts: Attempts, clock: Clock) -> None:
        self._attempts = attempts
        self._clock = clock
        self._lock = asyncio.Lock()
        self._beat_at: dt.datetime | None = None
        self._is_well = False

    async def takes_writes(self) -> bool:
        """As a write of ours has shown, BEAT_SECONDS ago at most."""
        async with self._lock:
            now = self._clock.now()
            if self._beat_at is None or now >= self._beat_at + _BEAT:
                self._is_well = await self._beat(now)
                self._beat_at = now
            return self._is_well

    async def _beat(self, now: dt.datetime) -> bool:
        try:
            await self._attempts.add(_NAME, now, _BEAT)
        except LedgerAway as failure:
            log.error("ledger_takes_no_writes", extra={"reason": str(failure)})  # noqa: TRY400 - its text says all
            return False
        return True
