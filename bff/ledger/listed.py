"""Bookings of a list, without those that cannot be opened: one row hides no other."""

import logging
from collections.abc import Iterable

from bff.booking.listing import Listing
from bff.ledger.codec import Seal, booking_from_text

# In one line of the log.
_TOLD = 10

log = logging.getLogger(__name__)


class Listed(Listing):
    def __init__(self, rows: Iterable[tuple[str, str]], seal: Seal) -> None:
        """`rows`: each booking's id and text."""
        super().__init__()
        for booking_id, text in rows:
            try:
                self.append(booking_from_text(text, seal))
            except Exception:  # noqa: BLE001 - a foreign data key, or what no version of ours wrote
                self.unreadable.append(booking_id)
        if self.unreadable:
            told = {"booking_id": " ".join(self.unreadable[:_TOLD]), "rows": len(self.unreadable)}
            log.error("booking_unreadable", extra=told)
