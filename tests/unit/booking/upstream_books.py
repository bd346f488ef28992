"""Small upstreams with books of their own, which do what they are told and lose what they should.

A fault is asked for by the name of a call and happens at its next use:
    not_sent   nothing reaches the upstream
    lost       done, and the answer is lost
    undone     the answer is lost, and it was not done
    broken     our own code fails
"""

import datetime as dt
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bff.booking.model import Booking, Status
from bff.booking.ports import (
    CannotAsk,
    CardIntent,
    CardLook,
    CardState,
    Hold,
    InsufficientPoints,
    RequestLook,
    RequestState,
    Reservation,
    Sheet,
    SlotGone,
    TooLateToCancel,
)
from clients.errors import NotSent, OutcomeUnknown
from tests.fake_clock import FakeClock

T = TypeVar("T")


class Killed(BaseException):
    """The process died here."""


@dataclass
class World:
    """What all upstreams share: time, faults, a counter of calls, and where the process dies."""

    clock: FakeClock = field(default_factory=FakeClock)
    calls: Counter[str] = field(default_factory=Counter)
    faults: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    instants: int = 0
    dies_at: int | None = None

    def instant(self) -> None:
        """One instant at which a process may die."""
        self.instants += 1
        if self.instants - 1 == self.dies_at:
            raise Killed

    def call(self, name: str, do: Callable[[], T]) -> T:
        self.instant()
        self.calls[name] += 1
        fault = self.faults[name].popleft() if self.faults[name] else None
        if fault == "not_sent":
            raise NotSent("upstream", name)
        if fault == "undone":
            raise OutcomeUnknown("upstream", name)
        if fault == "broken":
            raise ZeroDivisionError(name)
        answer = do()
        if fault == "lost":
            raise OutcomeUnknown("upstream", name)
        self.instant()
        return answer


@dataclass
class Place:
    """One reservation or request on the books."""

    id: str
    booking_id: str
    live: bool = True
    state: RequestState = RequestState.WAITING


class Rooms:
    """A reservation system with `room` places for the one slot there is."""

    def __init__(self, world: World, room: int = 1) -> None:
        self.world = world
        self.room = room
        self.holds: dict[str, dt.datetime] = {}
        self.reservations: list[Place] = []
        self.requests: list[Place] = []
        self.finds_requests = True
        self.cutoff_passed = False

    @property
    def live(self) -> list[Place]:
        return [place for place in self.reservations if place.live]

    @property
    def live_requests(self) -> list[Place]:
        return [place for place in self.requests if place.live]

    def live_holds(self) -> list[str]:
        now = self.world.clock.now()
        return [hold for hold, until in self.holds.items() if until > now]

    def _taken(self, *, but: str | None = None) -> int:
        return len(self.live) + len([hold for hold in self.live_holds() if hold != but])

    async def hold(self, booking: Booking, seconds: int) -> Hold:
        def do() -> Hold:
            if self._taken() >= self.room:
                raise SlotGone
            until = self.world.clock.now() + dt.timedelta(seconds=seconds)
            made = Hold(id=f"hold{len(self.holds)}", until=until)
            self.holds[made.id] = until
            return made

        return self.world.call("hold", do)

    async def release(self, booking: Booking) -> None:
        self.world.call("release", lambda: self.holds.pop(booking.hold_id or "", None))

    async def request(self, booking: Booking) -> str:
        def do() -> str:
            made = Place(f"request{len(self.requests)}", booking.id)
            self.requests.append(made)
            return made.id

        return self.world.call("request", do)

    async def find_request(self, booking: Booking) -> str | None:
        if not self.finds_requests:
            raise CannotAsk
        found = [place.id for place in self.live_requests if place.booking_id == booking.id]
        return self.world.call("find_request", lambda: found[0] if found else None)

    async def look_at_request(self, booking: Booking) -> RequestLook:
        def do() -> RequestLook:
            place = next(place for place in self.requests if place.id == booking.request_id)
            made = [one for one in self.reservations if one.booking_id == booking.id]
            return RequestLook(
                state=place.state, reservation=Reservation(id=made[0].id) if made else None
            )

        return self.world.call("look_at_request", do)

    def approve(self) -> None:
        for place in self.live_requests:
            place.state, place.live = RequestState.APPROVED, False
            self.reservations.append(Place(f"r{len(self.reservations)}", place.booking_id))

    def decline(self) -> None:
        for place in self.live_requests:
            place.state, place.live = RequestState.DECLINED, False

    async def withdraw(self, booking: Booking) -> None:
        def do() -> None:
            for place in self.requests:
                if place.id == booking.request_id:
                    place.live = False

        self.world.call("withdraw", do)

    async def book(self, booking: Booking, *, hold_id: str | None) -> Reservation:
        def do() -> Reservation:
            if self._taken(but=hold_id) >= self.room:
                raise SlotGone
            self.holds.pop(hold_id or "", None)
            made = Place(f"r{len(self.reservations)}", booking.id)
            self.reservations.append(made)
            return Reservation(id=made.id, confirmation_code="CODE")

        return self.world.call("book", do)

    async def find_reservation(self, booking: Booking) -> Reservation | None:
        found = [place for place in self.live if place.booking_id == booking.id]
        return self.world.call(
            "find_reservation", lambda: Reservation(id=found[0].id) if found else None
        )

    async def look(self, reservation_id: str) -> Status:
        live = any(place.id == reservation_id for place in self.live)
        return Status.CONFIRMED if live else Status.CANCELLED

    async def cancel(self, booking: Booking) -> None:
        def do() -> None:
            if self.cutoff_passed:
                raise TooLateToCancel
            for place in self.reservations:
                if place.id == booking.reservation_id:
                    place.live = False

        self.world.call("cancel", do)


class PointsBooks:
    """A CRM that takes points for every redemption it gets, repeated receipts included."""

    def __init__(self, world: World, balance: int) -> None:
        self.world = world
        self.start = self.amount = balance
        self.entries: list[tuple[str, str, int]] = []
        self.has_history = True
        self.can_give_back = True

    async def balance(self, booking: Booking) -> int | None:
        return self.world.call("balance", lambda: self.amount)

    async def redeem(self, booking: Booking, receipt_no: str) -> str | None:
        def do() -> str:
            points = booking.terms.points or 0
            if points > self.amount:
                raise InsufficientPoints(self.amount)
            self.amount -= points
            self.entries.append(("redeem", receipt_no, points))
            return receipt_no

        return self.world.call("redeem", do)

    async def was_redeemed(self, booking: Booking, receipt_no: str) -> bool:
        if not self.has_history:
            raise CannotAsk
        return self.world.call("was_redeemed", lambda: self._has("redeem", receipt_no))

    async def give_back(self, booking: Booking, receipt_no: str) -> None:
        if not self.can_give_back:
            raise CannotAsk

        def do() -> None:
            points = booking.terms.points or 0
            self.amount += points
            self.entries.append(("give_back", receipt_no, points))

        self.world.call("give_back", do)

    async def was_given_back(self, booking: Booking, receipt_no: str) -> bool:
        if not self.has_history:
            raise CannotAsk
        return self.world.call("was_given_back", lambda: self._has("give_back", receipt_no))

    def _has(self, kind: str, receipt_no: str) -> bool:
        return any(entry[:2] == (kind, receipt_no) for entry in self.entries)


class CardBooks:
    """A card processor whose writes may be repeated."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.intents: dict[str, CardState] = {}
        self.decline_code: str | None = None

    async def open(self, booking: Booking) -> CardIntent:
        def do() -> CardIntent:
            self.intents.setdefault(booking.id, CardState.OPEN)
            return CardIntent(id=booking.id, customer_id="customer", client_secret="secret")

        return self.world.call("open", do)

    async def sheet(self, booking: Booking, stripe_version: str | None) -> Sheet:
        return self.world.call(
            "sheet",
            lambda: Sheet(
                publishable_key="pk",
                client_secret="secret",
                customer_id="customer",
                ephemeral_key_secret="ephemeral",
            ),
        )

    def guest_pays(self) -> None:
        for intent, state in self.intents.items():
            if state in {CardState.OPEN, CardState.DECLINED}:
                self.intents[intent] = CardState.AUTHORISED

    async def look(self, booking: Booking) -> CardLook:
        return self.world.call(
            "look",
            lambda: CardLook(state=self.intents[booking.id], decline_code=self.decline_code),
        )

    async def capture(self, booking: Booking) -> None:
        def do() -> None:
            assert self.intents[booking.id] in {CardState.AUTHORISED, CardState.CAPTURED}
            self.intents[booking.id] = CardState.CAPTURED

        self.world.call("capture", do)

    async def give_back(self, booking: Booking) -> None:
        def do() -> None:
            self.intents[booking.id] = CardState.RETURNED

        self.world.call("card_give_back", do)
