"""Bookings of a list, without those that cannot be opened: one row hides no other."""

import logging
from collections.abc import Iterable, Sequence

from cachetools import TTLCache

from bff.booking.listing import Listing
from bff.ledger.codec import Seal, booking_from_text

# Of one list: with its data key gone every row is unreadable.
_TOLD = 10
# A member may ask for their list, and with it for the same row, many times a second.
_TOLD_EACH_SECONDS = 60
_MOST_REMEMBERED = 1_000

log = logging.getLogger(__name__)


class Lists:
    """Opens the rows of lists; each that cannot be opened is logged once a minute."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._told: TTLCache[str, bool] = TTLCache(_MOST_REMEMBERED, _TOLD_EACH_SECONDS)

    def of(self, rows: Iterable[tuple[str, str]]) -> Listing:
        """`rows`: each booking's id and text."""
        found = Listing()
        for booking_id, text in rows:
            try:
                found.append(booking_from_text(text, self._seal))
            except Exception:  # noqa: BLE001 - a foreign data key, or what no version of ours wrote
                found.unreadable.append(booking_id)
        self._tell(found.unreadable)
        return found

    def _tell(self, unreadable: Sequence[str]) -> None:
        news = [booking_id for booking_id in unreadable if booking_id not in self._told]
        for booking_id in news[:_TOLD]:
            self._told[booking_id] = True
            told = {"booking_id": booking_id, "rows": len(unreadable)}
            log.error("booking_unreadable", extra=told)
