"""A small reservation system with books of its own."""

import datetime as dt
from dataclasses import dataclass

from bff.booking.model import Booking, Status
from bff.booking.ports import (
    CannotAsk,
    Hold,
    RequestLook,
    RequestState,
    Reservation,
    SlotGone,
    Strays,
    TooLateToCancel,
)
from tests.unit.booking.upstream_world import World


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
        self.visited: Status | None = None

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

    async def find_strays(self, booking: Booking) -> Strays:
        def do() -> Strays:
            found = [place.id for place in self.live if place.booking_id == booking.id]
            asked = [place.id for place in self.live_requests if place.booking_id == booking.id]
            return Strays(
                reservations=tuple(name for name in found if name != booking.reservation_id),
                requests=tuple(
                    name for name in asked if name != booking.request_id and self.finds_requests
                ),
            )

        return self.world.call("find_strays", do)

    async def look(self, reservation_id: str) -> Status:
        def do() -> Status:
            live = any(place.id == reservation_id for place in self.live)
            return (self.visited or Status.CONFIRMED) if live else Status.CANCELLED

        return self.world.call("look_at_reservation", do)

    def cancel_all(self) -> None:
        """The venue cancels by itself."""
        for place in self.reservations:
            place.live = False

    def cancel_of(self, booking_id: str) -> None:
        """The venue lets one booking go, asked on the telephone."""
        for place in self.reservations:
            place.live = place.live and place.booking_id != booking_id

    async def cancel(self, booking: Booking) -> None:
        def do() -> None:
            if self.cutoff_passed:
                raise TooLateToCancel
            for place in self.reservations:
                if place.id == booking.reservation_id:
                    place.live = False

        self.world.call("cancel", do)
