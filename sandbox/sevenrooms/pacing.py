"""How many covers every seating still has. A place can be sold once: this is where that is true."""

from collections import defaultdict
from datetime import date, datetime

from sandbox.seed.model import Shift, Venue
from sandbox.sevenrooms.rows import Hold, SlotKey

_Narrowed = tuple[str, date | None, int | None]


class Pacing:
    """Reservations and live holds take covers from all rules of their shift at their time."""

    def __init__(self) -> None:
        self.reserved: dict[SlotKey, int] = defaultdict(int)
        self.held: dict[SlotKey, dict[str, Hold]] = defaultdict(dict)
        self._limits: dict[_Narrowed, int] = {}
        self._versions: dict[tuple[str, date], int] = defaultdict(int)
        self._generation = 0

    def version(self, venue_id: str, day: date) -> tuple[int, int]:
        """Changes whenever the day's free places may have changed, save by the clock."""
        return self._generation, self._versions.get((venue_id, day), 0)

    def touch(self, venue: Venue, day: date) -> None:
        self._versions[venue.id, day] += 1

    def limit(self, shift: Shift, key: SlotKey) -> int:
        for narrowed in (
            (key.shift_id, key.day, key.minute),
            (key.shift_id, key.day, None),
            (key.shift_id, None, None),
        ):
            if narrowed in self._limits:
                return self._limits[narrowed]
        return shift.covers_per_slot

    def set_limit(self, shift_id: str, day: date | None, minute: int | None, covers: int) -> None:
        """The narrowest limit that was set counts."""
        self._limits[shift_id, day, minute] = covers
        self._generation += 1

    def taken(self, key: SlotKey, now: datetime) -> int:
        return self.reserved.get(key, 0) + sum(hold.party_size for hold in self.live(key, now))

    def remaining(self, shift: Shift, key: SlotKey, now: datetime) -> int:
        """Below zero where the venue itself seated more than the pacing allows."""
        return self.limit(shift, key) - self.taken(key, now)

    def live(self, key: SlotKey, now: datetime) -> list[Hold]:
        """Holds that still count; those that have ended by the clock are dropped on the way."""
        holds = self.held.get(key)
        if not holds:
            return []
        for hold in [each for each in holds.values() if each.until <= now]:
            hold.status = "EXPIRED"
            del holds[hold.id]
        return list(holds.values())

    def hold(self, hold: Hold) -> None:
        self.held[hold.slot.key][hold.id] = hold
        self.touch(hold.slot.venue, hold.slot.day)

    def let_go(self, hold: Hold) -> None:
        self.held[hold.slot.key].pop(hold.id, None)
        self.touch(hold.slot.venue, hold.slot.day)

    def reserve(self, venue: Venue, key: SlotKey, covers: int) -> None:
        """Negative covers give places back."""
        self.reserved[key] += covers
        self.touch(venue, key.day)
