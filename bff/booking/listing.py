"""Bookings of a list, and which of those that belong there could not be read."""

from collections.abc import Iterable, Sequence

from bff.booking.model import Booking


class Listing(list[Booking]):
    """`unreadable`: the ids of those that would stand here and cannot be opened."""

    def __init__(self, rows: Iterable[Booking] = (), unreadable: Sequence[str] = ()) -> None:
        super().__init__(rows)
        self.unreadable = list(unreadable)
