"""Everything the stand-in knows, in memory, and its books for whoever checks them."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sandbox.seed import identifiers
from sandbox.seed.model import AccessRule, Picture, Seed, Venue
from sandbox.sevenrooms import ledger
from sandbox.sevenrooms.pacing import Pacing
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Hold, Request, Reservation, Slot
from sandbox.sevenrooms.switches import Switches
from sandbox.sevenrooms.tokens import Tokens

# Holds that have ended are of interest for a while only; a load test makes many.
_ENDED_HOLDS_KEPT = 20_000


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class SevenRoomsState:
    """Plain data with indexes. Every change happens between two awaits, so it is atomic."""

    def __init__(self, clock: Clock, seed: Seed) -> None:
        self.clock = clock
        self.seed = seed
        self.venues: dict[str, Venue] = {venue.id: venue for venue in seed.venues}
        self.zones = {venue.id: ZoneInfo(venue.place.time_zone) for venue in seed.venues}
        self.rules: dict[str, list[AccessRule]] = defaultdict(list)
        for venue in seed.venues:
            for rule in venue.rules:
                self.rules[rule.shift_id].append(rule)
        self.pictures: dict[str, Picture] = {picture.name: picture for picture in seed.pictures}
        self.seatings: dict[tuple[str, date], list[Slot]] = {}
        self.reset()

    def reset(self) -> None:
        """As on the first day: no token, no hold, no reservation, every switch at its default."""
        self.switches = Switches()
        # More than one while a secret is being replaced.
        self.client_secrets: tuple[str, ...] = (self.seed.client_secret,)
        self.tokens = Tokens()
        self.pacing = Pacing()
        self.holds: dict[str, Hold] = {}
        self.reservations: dict[str, Reservation] = {}
        self.requests: dict[str, Request] = {}
        self.by_reference: dict[str, Reservation] = {}
        self.by_external_id: dict[str, Reservation] = {}
        self.by_phone: dict[str, list[Reservation]] = defaultdict(list)
        self.by_guest_day: dict[tuple[str, str, date], list[Reservation]] = defaultdict(list)
        self._numbers = 0
        # Rendered availability; whoever fills it must look at the pacing's version.
        self.rendered: dict[Any, Any] = {}

    def now(self) -> datetime:
        return self.clock.now()

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def venue(self, venue_id: str) -> Venue:
        """PROPOSED: an unknown venue is a 404."""
        try:
            return self.venues[venue_id]
        except KeyError:
            raise Refusal(404, "Venue not found") from None

    def revoke_tokens(self) -> None:
        """Every token is refused from now on."""
        self.tokens.revoke_all()

    def add_hold(self, hold: Hold) -> None:
        if len(self.holds) > _ENDED_HOLDS_KEPT:
            self.holds = {each.id: each for each in self.holds.values() if each.status == "LIVE"}
        self.holds[hold.id] = hold
        self.pacing.hold(hold)

    def live_hold(self, hold_id: str | None) -> Hold | None:
        """None for a hold that is unknown, released, used up or over."""
        hold = self.holds.get(hold_id or "")
        if hold is None or hold.status != "LIVE":
            return None
        if hold.until <= self.now():
            hold.status = "EXPIRED"
            self.pacing.let_go(hold)
            return None
        return hold

    def end_hold(self, hold: Hold, *, booked: bool) -> None:
        hold.status = "BOOKED" if booked else "RELEASED"
        self.pacing.let_go(hold)

    def add_reservation(self, reservation: Reservation) -> None:
        guest = reservation.guest
        self.reservations[reservation.id] = reservation
        self.by_reference[reservation.reference_code] = reservation
        if reservation.external_id:
            self.by_external_id[reservation.external_id] = reservation
        self.by_phone[digits(guest.phone)].append(reservation)
        self.by_guest_day[guest.client_id, reservation.venue.id, reservation.day].append(
            reservation
        )
        if reservation.slot is not None:
            self.pacing.reserve(reservation.venue, reservation.slot.key, reservation.party_size)

    def new_ids(self, kind: str) -> tuple[str, str]:
        """A fresh entity id and a fresh reference code."""
        number = self.next_number()
        return identifiers.entity_id(kind, str(number)), identifiers.reference_code(number)

    def books(self) -> dict[str, Any]:
        """JSON-ready: all reservations, holds and requests, and the covers of touched seatings."""
        return ledger.books(
            self.now(),
            self.reservations.values(),
            self.holds.values(),
            self.requests.values(),
            self.pacing,
        )


def digits(phone: str | None) -> str:
    """A phone number without its spaces, brackets and plus."""
    return "".join(filter(str.isdigit, phone or ""))
