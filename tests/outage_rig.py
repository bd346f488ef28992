"""A desk and workers in virtual time, over upstreams with books that answer, refuse or hang."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from bff.booking.answers import Answers
from bff.booking.changes import Changes
from bff.booking.desk import BookingDesk
from bff.booking.effort import Effort
from bff.booking.model import Booking, Point
from bff.ledger.sqlite import SqliteLedger
from bff.wakeups.inprocess import InProcessWakeups
from bff.worker import Worker, running
from clients.errors import NotSent, OutcomeUnknown
from tests.unit.booking.payment_books import CardBooks, PointsBooks
from tests.unit.booking.room_books import Rooms
from tests.unit.booking.stage import (
    HOLD_SECONDS,
    SEAL,
    SLOTS,
    NoAlternatives,
    Stage,
    driver,
    member,
)
from tests.unit.booking.upstream_world import World
from tests.virtual_time import FileWithoutThreads, VirtualClock

# Of one call, seconds; and how long a call may take (`BFF_UPSTREAM_TIMEOUT_SECONDS`).
LATENCY = 0.1
TIMEOUT = 5.0

State = Literal["up", "down", "hangs"]


@dataclass
class Upstream:
    """An upstream's books behind a network. `calls`: when each call came, in seconds."""

    books: Any
    state: State = "up"
    calls: list[float] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.books, name)
        return partial(self._call, found, name) if asyncio.iscoroutinefunction(found) else found

    async def _call(self, call: Any, name: str, *args: Any, **named: Any) -> Any:
        self.calls.append(asyncio.get_running_loop().time())
        if self.state == "hangs":
            await asyncio.sleep(TIMEOUT)
            raise OutcomeUnknown("upstream", name, "time-out")
        await asyncio.sleep(LATENCY)
        if self.state == "down":
            raise NotSent("upstream", name, "refused")
        return await call(*args, **named)

    def most_calls_in_a_second(self) -> int:
        return max(Counter(int(at) for at in self.calls).values())


@dataclass
class Outage:
    stage: Stage
    rooms: Upstream
    points: Upstream
    accepted: list[str] = field(default_factory=list)
    _guests: int = 0

    async def book(self) -> str:
        """What a guest of their own is told; the ids are kept in the order of acceptance."""
        number = self._guests
        self._guests += 1
        who, key = member(f"sub-{number}"), f"key-{number:012}"
        answer = await self.stage.by_points(key=key, who=who)
        self.accepted.append(answer.booking.id)
        return str(answer.booking.status)

    async def rows(self) -> list[Booking]:
        return list(await self.stage.ledger.newest(10_000))

    async def finished(self) -> list[tuple[str, dt.datetime]]:
        """Confirmed bookings and when they were, in the order in which that came about."""
        found = [(row.id, row.updated_at) for row in await self.rows() if _is_confirmed(row)]
        return sorted(found, key=lambda one: one[1])

    async def until_confirmed(self, number: int, *, within_seconds: float) -> None:
        async with asyncio.timeout(within_seconds):
            while len(await self.finished()) < number:  # noqa: ASYNC110 - told by the ledger only
                await asyncio.sleep(0.5)


@asynccontextmanager
async def open_outage(*, room: int, workers: int = 1) -> AsyncIterator[Outage]:
    world = World(clock=VirtualClock())  # type: ignore[arg-type]  # nobody advances it here
    file = FileWithoutThreads()
    rooms = Upstream(Rooms(world, room))
    points = Upstream(PointsBooks(world, 1_000_000))
    cards = Upstream(CardBooks(world))
    ledger = SqliteLedger(file, SEAL)  # type: ignore[arg-type]  # it has all that is called
    stage = Stage(world, rooms, points, cards, ledger, None, None)  # type: ignore[arg-type]  # set below
    effort = Effort(driver(stage, "web"), ledger, Changes(), budget_seconds=8)
    stage.desk = BookingDesk(
        ledger=ledger,
        effort=effort,
        answers=Answers(NoAlternatives(), cards, world.clock),
        slots=SLOTS,
        clock=world.clock,
        hold_seconds=HOLD_SECONDS,
    )
    async with AsyncExitStack() as stack:
        stack.callback(file.close)
        for number in range(workers):
            own = driver(stage, f"worker-{number}")
            made = Worker(own, ledger, InProcessWakeups(), world.clock)
            await stack.enter_async_context(running(made))
        yield Outage(stage, rooms, points)
        await effort.drain()


def _is_confirmed(row: Booking) -> bool:
    return row.point is Point.CONFIRMED
