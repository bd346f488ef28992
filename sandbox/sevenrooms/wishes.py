"""What an availability call asks for, read once from its query."""

from dataclasses import dataclass

from sandbox.sevenrooms import prices, times
from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.slots import Offered

_LONGEST_STAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Hashable, so that an answer can be kept under it. `base` is where pictures are served."""

    base: str
    party_size: int
    first_clock: int
    last_clock: int
    duration: int | None
    paid: bool
    slot_options: bool
    redirect_uri: bool
    requests: bool

    def takes(self, offered: Offered) -> bool:
        if not self._in_window(offered.slot.minute):
            return False
        if prices.is_paid_ahead(offered.slot.rule.price) and not self.paid:
            return False
        return offered.kind == "book" or self.requests

    def _in_window(self, minute: int) -> bool:
        """Clock times of the business day; a window may itself reach past midnight."""
        last = self.last_clock
        if last < self.first_clock:
            last += times.DAY_MINUTES
        return any(
            self.first_clock <= each <= last for each in (minute, minute - times.DAY_MINUTES)
        )


def read_wish(query: Fields, base: str) -> Wish:
    """Missing or unreadable fields are a 400, in the order of the document."""
    query.needed_day("date")
    first, last = query.needed_clock("start_time"), query.needed_clock("end_time")
    return Wish(
        base=base,
        party_size=query.needed_whole("party_size", least=1),
        first_clock=first,
        last_clock=last,
        duration=query.whole("duration", least=1, most=_LONGEST_STAY_MINUTES),
        paid=query.truth("supports_paid_reservations"),
        slot_options=query.truth("supports_slot_options"),
        redirect_uri=query.truth("include_reservation_redirect_uri"),
        # PROPOSED: only an explicit false hides what can only be requested.
        requests=query.truth("can_request", default=True),
    )


def venue_ids(query: Fields) -> list[str]:
    """The comma list without blanks and repetitions."""
    names = [part.strip() for part in query.needed("venue_ids").split(",")]
    found = list(dict.fromkeys(filter(None, names)))
    if not found:
        raise Refusal(400, "venue_ids is not valid")
    return found


def one_per_time(found: list[Offered]) -> list[Offered]:
    """Without supports_slot_options a time is told once, by its first rule (CONFIRMED-V)."""
    seen: dict[tuple[str, int], Offered] = {}
    for each in found:
        seen.setdefault((each.slot.shift.id, each.slot.minute), each)
    return list(seen.values())
