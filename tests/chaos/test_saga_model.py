"""Commands, deaths, faults, venue, clock and worker in any order, against a small model."""

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bff.booking.model import Booking, Method, Point, Status
from bff.booking.outcomes import Accepted, Cancelled, CardNeeded, KeyReused
from bff.booking.policy import LEASE_SECONDS
from bff.booking.ports import CardState
from bff.booking.reading import status_of
from bff.catalogue.model import SlotKind
from tests.unit.booking.invariants import net_points
from tests.unit.booking.operator_desk import settle_one
from tests.unit.booking.stage import POINTS, Stage, driver, member, open_stage
from tests.unit.booking.upstream_world import Killed

ROOM = 2
BALANCE = 3 * POINTS
FAULTS = ("not_sent", "lost", "undone")
CALLS = (
    *("hold", "release", "request", "withdraw", "book", "cancel", "find_reservation"),
    *("redeem", "give_back", "open", "look", "capture", "card_give_back"),
)
# A call that fails, or after how many instants the process dies.
Trouble = tuple[str, str] | int | None
TROUBLE = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(CALLS), st.sampled_from(FAULTS)),
    st.tuples(st.sampled_from(("redeem", "book", "capture", "give_back")), st.sampled_from(FAULTS)),
    st.integers(0, 12),
)
KEYS = [f"key-{number:012}" for number in range(5)]
FINAL = frozenset({Status.CONFIRMED, Status.FAILED, Status.CANCELLED})
# Past every hold, retry and question; a worker looks every few seconds.
QUIET_SECONDS, STEP_SECONDS = 900, 5
# A booking may be in doubt about its request, its payment, and about giving that back.
MOST_SETTLINGS = 4


@dataclass
class Wish:
    """The model of one booking: what its guest did, and was told."""

    method: Method
    kind: SlotKind
    booking_id: str | None = None
    promised: bool = False
    paid: bool = False
    cancelled: bool = False


class Saga(RuleBasedStateMachine):
    is_bare = False

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory()
        self._stack = contextlib.AsyncExitStack()
        opened = open_stage(Path(self._folder.name), room=ROOM, balance=BALANCE, bare=self.is_bare)
        self.stage: Stage = self._loop.run(self._stack.enter_async_context(opened))
        self.wishes: dict[str, Wish] = {}

    def _do(self, command: Awaitable[Any], trouble: Trouble = None) -> Any:
        """None where the process died of it."""
        world = self.stage.world
        if isinstance(trouble, int):
            world.dies_at = world.instants + trouble
        elif trouble is not None:
            world.faults[trouble[0]].append(trouble[1])

        async def run() -> Any:
            try:
                return await command
            except Killed:
                # Starting again takes a while; by then the dead driver's lease is over.
                self.stage.world.clock.advance(LEASE_SECONDS + 1)
                return None
            finally:
                await self.stage.effort.drain()

        answer = self._loop.run(run())
        self.stage.world.dies_at = None
        return answer

    @rule(key=st.sampled_from(KEYS), trouble=TROUBLE)
    def by_points(self, key: str, trouble: Trouble) -> None:
        answer = self._do(self.stage.by_points(key), trouble)
        self._told(key, Method.POINTS, SlotKind.INSTANT, answer)

    @rule(key=st.sampled_from(KEYS), trouble=TROUBLE)
    def by_points_on_request(self, key: str, trouble: Trouble) -> None:
        answer = self._do(self.stage.by_points(key, kind=SlotKind.ON_REQUEST), trouble)
        self._told(key, Method.POINTS, SlotKind.ON_REQUEST, answer)

    @rule(key=st.sampled_from(KEYS), trouble=TROUBLE)
    def by_card(self, key: str, trouble: Trouble) -> None:
        answer = self._do(self.stage.by_card(key), trouble)
        self._told(key, Method.CARD, SlotKind.INSTANT, answer)

    def _told(self, key: str, method: Method, kind: SlotKind, answer: Any) -> None:
        wish = self.wishes.get(key)
        if wish is None:
            wish = self.wishes[key] = Wish(method, kind)
        same = (wish.method, wish.kind) == (method, kind)
        if answer is not None and not isinstance(answer, KeyReused) and not same:
            # Nothing was written of the first wish: then this one has the key.
            assert wish.booking_id is None
            wish.method, wish.kind, same = method, kind, True
        assert same or answer is None or isinstance(answer, KeyReused)
        if isinstance(answer, (Accepted, CardNeeded)):
            assert wish.booking_id in {None, answer.booking.id}
            wish.booking_id = answer.booking.id
            wish.promised = wish.promised or isinstance(answer, Accepted)

    @precondition(lambda self: any(wish.booking_id for wish in self.wishes.values()))
    @rule(data=st.data(), trouble=TROUBLE)
    def cancels(self, data: st.DataObject, trouble: Trouble) -> None:
        wish = data.draw(st.sampled_from(self._known()))
        answer = self._do(self.stage.desk.cancel(member(), wish.booking_id or ""), trouble)
        wish.cancelled = wish.cancelled or isinstance(answer, Cancelled)

    @precondition(lambda self: self._cards())
    @rule(data=st.data(), confirms=st.booleans(), trouble=TROUBLE)
    def pays(self, data: st.DataObject, trouble: Trouble, *, confirms: bool) -> None:
        wish = data.draw(st.sampled_from(self._cards()))
        booking_id = wish.booking_id or ""
        if self.stage.cards.intents.get(booking_id) is CardState.OPEN:
            self.stage.cards.intents[booking_id] = CardState.AUTHORISED
            wish.paid = True
        if confirms:
            self._do(self.stage.desk.confirm_card_booking(member(), booking_id), trouble)

    @rule(approves=st.booleans())
    def venue_answers(self, *, approves: bool) -> None:
        if approves:
            self.stage.rooms.approve()
        else:
            self.stage.rooms.decline()

    @rule(seconds=st.sampled_from([1, 7, 20, 70, 650]))
    def time_passes(self, seconds: int) -> None:
        self.stage.world.clock.advance(seconds)

    @rule(steps=st.integers(1, 4), trouble=TROUBLE)
    def a_worker_works(self, steps: int, trouble: Trouble) -> None:
        self._do(self._work(steps), trouble)

    async def _work(self, steps: int) -> None:
        worker = driver(self.stage, "worker")
        for _ in range(steps):
            self.stage.world.clock.advance(STEP_SECONDS)
            for booking_id in await self.stage.ledger.due(self.stage.world.clock.now(), 10):
                await worker.resume(booking_id)

    def _known(self) -> list[Wish]:
        return [wish for wish in self.wishes.values() if wish.booking_id]

    def _cards(self) -> list[Wish]:
        return [wish for wish in self._known() if wish.method is Method.CARD]

    def _rows(self) -> list[Booking]:
        return list(self._loop.run(self.stage.ledger.of_member("sub-1")))

    @invariant()
    def no_more_than_one_of_anything(self) -> None:
        stage, rows = self.stage, self._rows()
        assert len({row.idempotency_key for row in rows}) == len(rows)
        asked_for = {place.booking_id for place in stage.rooms.requests}
        sold = [place for place in stage.rooms.live if place.booking_id not in asked_for]
        assert len(sold) <= ROOM
        for row in rows:
            places = [place for place in stage.rooms.live if place.booking_id == row.id]
            assert len(places) <= 1
            assert net_points(stage, row) in {0, POINTS}
            charged = stage.cards.intents.get(row.id) is CardState.CAPTURED
            assert not charged or places or row.ending or row.cancel_asked
        assert stage.points.amount == BALANCE - sum(net_points(stage, row) for row in rows)

    def teardown(self) -> None:
        try:
            self._quiet()
            for row in self._rows():
                self._ends_as_promised(row, self.wishes[row.idempotency_key])
        finally:
            self._loop.run(self._stack.aclose())
            self._loop.close()
            self._folder.cleanup()

    def _quiet(self) -> None:
        """No fault, no death; the venue answers; the guests wait."""
        self.stage.world.faults.clear()
        self.stage.world.dies_at = None
        self._do(self._work(QUIET_SECONDS // STEP_SECONDS))
        self.stage.rooms.approve()
        self._do(self._work(QUIET_SECONDS // STEP_SECONDS))
        for _ in range(MOST_SETTLINGS if self.is_bare else 0):
            for row in self._rows():
                if row.in_doubt:
                    self._do(settle_one(self.stage, row))
            self.stage.rooms.approve()
            self._do(self._work(QUIET_SECONDS // STEP_SECONDS))

    def _ends_as_promised(self, row: Booking, wish: Wish) -> None:
        status = status_of(row)
        assert not row.in_doubt
        assert status in FINAL, row
        places = [place for place in self.stage.rooms.live if place.booking_id == row.id]
        assert len(places) == (status is Status.CONFIRMED)
        intent = self.stage.cards.intents.get(row.id)
        if status is Status.CONFIRMED:
            assert not wish.cancelled
            paid = intent is CardState.CAPTURED or net_points(self.stage, row) == POINTS
            assert paid
        else:
            assert net_points(self.stage, row) == 0
            assert intent in {None, CardState.RETURNED}
        if wish.cancelled:
            assert status is Status.CANCELLED or row.point is Point.ENDED


class BareSaga(Saga):
    """Where no PROPOSED call is offered, and an operator ends what is in doubt at last."""

    is_bare = True


Saga.TestCase.settings = BareSaga.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    # Two dozen steps can be read as they are; making them fewer takes minutes.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
TestSaga, TestBareSaga = Saga.TestCase, BareSaga.TestCase
