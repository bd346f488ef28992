"""A booking desk, a worker and a ledger on disk, over upstreams with books."""

import contextlib
import datetime as dt
import math
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bff.booking.advance import Driver
from bff.booking.answers import Answers
from bff.booking.changes import Changes
from bff.booking.desk import BookingDesk
from bff.booking.effort import Effort
from bff.booking.ledger_away import LedgerAway
from bff.booking.model import Booking
from bff.booking.steps.move import Upstreams
from bff.catalogue.model import CatalogueView, Slot, SlotKind, VenueDay
from bff.catalogue.place_news import PlacesKnown
from bff.catalogue.slot_tokens import SlotTokens
from bff.credentials.vault import Vault
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from bff.members.model import MemberSession, Profile
from bff.money import Money
from tests.fake_clock import NOON
from tests.told_places import FakeNews
from tests.unit.booking.payment_books import CardBooks, PointsBooks
from tests.unit.booking.room_books import Rooms
from tests.unit.booking.upstream_world import Killed, World

HOLD_SECONDS = 600
CALL_SECONDS = 5.0
POINTS = 300
SEAL = Vault((b"k" * 32,))
SLOTS = SlotTokens((b"s" * 32,), 900)


def slot(**changes: Any) -> Slot:
    values = {
        "venue_id": "venue",
        "experience_id": "experience",
        "day": dt.date(2026, 11, 24),
        "time_text": "7:00 PM",
        "starts_at": NOON + dt.timedelta(days=2),
        "party_size": 2,
        "kind": SlotKind.INSTANT,
        "shift_persistent_id": "shift",
        "access_persistent_id": "access",
        "price": Money(10_000, "SGD"),
    }
    return Slot(**(values | changes))


def member(sub: str = "sub-1", **changes: Any) -> MemberSession:
    values = {
        "sub": sub,
        "profile": Profile(
            customer_number="00012345",
            first_name="Mei",
            last_name="Tan",
            email="mei@example.test",
            phone_number="+6580000000",
        ),
        "member_number": "CT0000001A",
        "profile_token": "token",
        "expires_at": NOON + dt.timedelta(hours=24),
    }
    return MemberSession(**(values | changes))


class DyingLedger:
    """The ledger, with an instant before and after each write at which the process may die.

    Its disk may be full, or not answer at all.
    """

    def __init__(self, ledger: SqliteLedger, world: World) -> None:
        self._ledger = ledger
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def load(self, booking_id: str) -> Booking | None:
        if not self._world.is_readable:
            raise LedgerAway("away")
        return await self._ledger.load(booking_id)

    async def open(self, booking: Booking) -> Booking:
        self._world.instant()
        self._world.write()
        written = await self._ledger.open(booking)
        self._world.instant()
        return written

    async def save(self, booking: Booking) -> Booking:
        self._world.instant()
        self._world.write()
        written = await self._ledger.save(booking)
        self._world.instant()
        return written


@dataclass
class NoAlternatives:
    """`forgotten`: each day that was forgotten, by venue."""

    forgotten: list[tuple[str, dt.date]] = field(default_factory=list)

    async def view(self) -> CatalogueView:
        return CatalogueView(as_of=NOON)

    async def days(self, *_: object, **__: object) -> dict[str, VenueDay]:
        return {}

    async def range(self, *_: object) -> list[VenueDay]:
        return []

    def forget(self, venue_id: str, day: dt.date) -> None:
        self.forgotten.append((venue_id, day))


@dataclass
class Stage:
    world: World
    rooms: Rooms
    points: PointsBooks
    cards: CardBooks
    ledger: SqliteLedger
    desk: BookingDesk
    effort: Effort
    catalogue: NoAlternatives = field(default_factory=NoAlternatives)
    news: FakeNews = field(default_factory=FakeNews)

    def slot_id(self, **changes: Any) -> str:
        points = changes.pop("points", POINTS)
        return SLOTS.sign(slot(**changes), points, self.world.clock.now())

    async def by_points(
        self, key: str = "k" * 16, who: MemberSession | None = None, **of: Any
    ) -> Any:
        slot_id = self.slot_id(**of)
        return await self.desk.book_with_points(
            who or member(), key=key, slot_id=slot_id, notes=None
        )

    async def by_card(self, key: str = "k" * 16, **of: Any) -> Any:
        return await self.desk.book_with_card(
            member(), key=key, slot_id=self.slot_id(**of), notes=None, stripe_version=None
        )

    async def row(self) -> Booking:
        rows = await self.ledger.of_member("sub-1")
        assert len(rows) == 1
        return rows[0]

    async def work(self, *, for_seconds: float = 120) -> None:
        """Let another process' worker run with nobody dying any more, by whole seconds."""
        self.world.dies_at = None
        worker = driver(self, "worker")
        left = int(for_seconds)
        while left > 0:
            seconds = min(left, await self._until_next())
            left -= seconds
            self.world.clock.advance(seconds)
            self.world.catch_up()
            for booking_id in await self.ledger.due(self.world.clock.now(), 10):
                await worker.resume(booking_id)

    async def _until_next(self) -> int:
        """Whole seconds until something may be due."""
        now = self.world.clock.now()
        if self.world.late or await self.ledger.due(now, 1):
            return 1
        due = [row.due_at for row in await self.ledger.newest(10) if row.due_at is not None]
        return max(1, math.ceil((min(due) - now).total_seconds())) if due else sys.maxsize


def driver(stage: Stage, owner: str, *, call_seconds: float = CALL_SECONDS) -> Driver:
    ledger = DyingLedger(stage.ledger, stage.world)
    upstreams = Upstreams(
        reservations=stage.rooms,
        points=stage.points,
        cards=stage.cards,
        hold_seconds=HOLD_SECONDS,
    )
    clock = stage.world.clock
    places = PlacesKnown(stage.news, stage.catalogue, clock, kept_seconds=10)
    return Driver(
        ledger, upstreams, clock, Changes(), places, owner=owner, call_seconds=call_seconds
    )


@asynccontextmanager
async def open_stage(
    folder: Path, *, room: int = 1, balance: int = 1000, bare: bool = False
) -> AsyncIterator[Stage]:
    """`bare`: the upstreams lack every call that is only PROPOSED."""
    world = World()
    async with open_file(folder / "ledger.db") as file:
        ledger = SqliteLedger(file, SEAL)
        rooms, points, cards = Rooms(world, room), PointsBooks(world, balance), CardBooks(world)
        points.has_history = points.can_give_back = rooms.finds_requests = not bare
        stage = Stage(world, rooms, points, cards, ledger, None, None)  # type: ignore[arg-type]  # set below
        dying = DyingLedger(ledger, world)
        stage.effort = Effort(driver(stage, "web"), dying, Changes(), budget_seconds=5)
        stage.desk = BookingDesk(
            ledger=dying,
            effort=stage.effort,
            answers=Answers(NoAlternatives(), cards, world.clock),
            slots=SLOTS,
            clock=world.clock,
            hold_seconds=HOLD_SECONDS,
        )
        yield stage
        with contextlib.suppress(Killed):
            await stage.effort.drain()
