"""Moves one booking on, as far as it goes. The request is the first driver, a worker the next."""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace

from bff.booking import policy, transitions
from bff.booking.changes import Changes
from bff.booking.doubt import Verdict, resolved
from bff.booking.judging import Retry, Step, Unknown, judged, moves_places
from bff.booking.ledger_away import LedgerAway
from bff.booking.model import Booking
from bff.booking.ports import Ledger, Superseded
from bff.booking.saga import Row, row_for
from bff.booking.steps.move import Again, Doubt, Move, NotDone, Upstreams, Wait
from bff.catalogue.place_news import PlacesKnown
from bff.clock import Clock
from clients.errors import UpstreamError
from clients.tracing import Facts, carried_on, span, tell
from clients.until import writes_ending_within

log = logging.getLogger(__name__)


# Asked before a booking goes on to an upstream, whether there is room for it.
Enters = Callable[[str | None], bool]


def _anywhere(_upstream: str | None) -> bool:
    return True


class Driver:
    """Drives bookings under a lease, one ledger write a step.

    The write that ends one step announces the next call. A driver that finds a call announced by
    somebody else, or by itself before an unknown outcome, asks the upstream before it calls.

    `call_seconds`: how long one call to an upstream may take. What is believed of lost calls, and
    when, hangs on it.
    """

    def __init__(  # noqa: PLR0913 - what a driver needs
        self,
        ledger: Ledger,
        upstreams: Upstreams,
        clock: Clock,
        changes: Changes,
        places: PlacesKnown,
        *,
        owner: str,
        call_seconds: float,
    ) -> None:
        self._ledger = ledger
        self._upstreams = upstreams
        self._clock = clock
        self._changes = changes
        self._places = places
        self._stops = False
        self._call_seconds = call_seconds
        self.owner = owner

    def stop(self) -> None:
        """Hand every booking back after the step that is under way."""
        self._stops = True

    def opened(self, booking: Booking) -> Booking:
        """A new row, leased by us, its first call announced."""
        return transitions.announced(booking, self.owner, self._clock.now())

    async def resume(
        self, booking_id: str, verdict: Verdict | None = None, enters: Enters = _anywhere
    ) -> Booking | None:
        """Take a booking up and drive it; None while somebody else has it, or there is none.

        `verdict`: what a person says of the call that is in doubt. `enters`: where it says no the
        booking is handed back, due at once.

        Errors: Superseded, when somebody else took it from us on the way.
        """
        now = self._clock.now()
        until = now + dt.timedelta(seconds=policy.LEASE_SECONDS)
        booking = await self._ledger.claim(booking_id, owner=self.owner, now=now, until=until)
        if booking is None:
            return None
        if verdict is not None:
            booking = resolved(self._upstreams, booking, verdict, now)
        return await self.drive(booking, fresh=False, enters=enters)

    async def drive(self, booking: Booking, *, fresh: bool, enters: Enters = _anywhere) -> Booking:
        """Drive a booking whose lease is ours until it rests. Errors: Superseded.

        `fresh`: the announced call is ours and surely not made yet.
        """
        facts = {"booking_id": booking.id, "point": booking.point.value}
        with carried_on(booking.id, booking.traceparent, "booking driven", facts):
            rested, has_moved_places = await self._drive(booking, fresh=fresh, enters=enters)
            driven = await self._end(rested, has_moved_places=has_moved_places)
            tell({"rests_at": driven.point.value})
            return driven

    async def _drive(
        self, booking: Booking, *, fresh: bool, enters: Enters
    ) -> tuple[Booking, bool]:
        """The booking as it rests, not yet written, and whether places were taken or freed."""
        asked = arrived = moved = False
        while True:
            booking = transitions.turned(booking, self._clock.now())
            row = row_for(booking)
            if row is None or booking.in_doubt or (arrived and row.rests):
                return self._at_rest(booking), moved
            if not enters(row.upstream):
                return self._handed_back(booking), moved
            if row.writes and booking.announced_at is None:
                booking = await self._announce(booking)
                fresh = True
            ask = booking.announced_at is not None and not fresh and row.ask is not None
            booking, step = await self._step(booking, row, ask=ask)
            moved |= self._notes_places(booking, row, step)
            if isinstance(step, Unknown) and not asked:
                # Ask at once: most lost answers are known by now.
                asked, fresh = True, False
                booking = booking.told(self._clock.now(), step.what)
                continue
            booking, goes_on = self._after(booking, step)
            if not goes_on:
                return booking, moved
            if self._stops:
                return self._handed_back(booking), moved
            asked, fresh, arrived = False, False, True

    def _after(  # noqa: PLR0911 - one line for each kind of step
        self, booking: Booking, step: Step
    ) -> tuple[Booking, bool]:
        """The booking after a step, not yet written, and whether it goes on at once."""
        now = self._clock.now()
        match step:
            case Move():
                return transitions.moved(booking, step, now), True
            case Again():
                return _again(booking, step, now)
            case NotDone():
                return self._settled(booking, now)
            case Wait():
                return transitions.waited(booking, step, now), False
            case Doubt():
                facts = {"booking_id": booking.id, "point": booking.point, "what": step.what}
                log.error("booking_in_doubt", extra=facts)
                return transitions.doubted(booking, step, now), False
            case Retry(what, known, after, refused):
                again = replace(booking, refusals=booking.refusals + refused)
                retried = transitions.retried(
                    again, now, what, known_not_done=known, after_seconds=after
                )
                return retried, False
            case Unknown(what):
                return transitions.retried(booking, now, what, known_not_done=False), False

    def _settled(self, booking: Booking, now: dt.datetime) -> tuple[Booking, bool]:
        """Call again once no earlier call can still be under way."""
        announced = booking.announced_at or now
        settles = announced + dt.timedelta(seconds=policy.settles_after(self._call_seconds))
        if now < settles:
            told = booking.told(now, "not done as far as is known yet")
            return transitions.rested(told, settles), False
        return transitions.undone(booking, now, "was not done"), True

    def _handed_back(self, booking: Booking) -> Booking:
        """Due now and nobody's: whoever has room for it goes on at once."""
        return transitions.rested(booking, self._clock.now())

    def _at_rest(self, booking: Booking) -> Booking:
        return transitions.rested(booking, policy.next_look(booking, self._clock.now()))

    def _notes_places(self, booking: Booking, row: Row, step: Step) -> bool:
        """Whether places were taken or freed; then this copy shows them no more."""
        if not moves_places(booking, row, step):
            return False
        self._places.forget(booking.terms.venue_id, booking.terms.day)
        return True

    async def _announce(self, booking: Booking) -> Booking:
        return await self._save(transitions.announced(booking, self.owner, self._clock.now()))

    async def _end(self, booking: Booking, *, has_moved_places: bool) -> Booking:
        """Write the row at rest, and have the other copies know what became of its place."""
        if has_moved_places:
            # First: whoever sees the row at rest, at any copy, must find no older free times.
            await self._places.tell(booking.terms.venue_id, booking.terms.day)
        return await self._save(booking)

    async def _save(self, booking: Booking) -> Booking:
        saved = await self._ledger.save(booking)
        self._changes.announce(saved.id)
        return saved

    async def _step(self, booking: Booking, row: Row, *, ask: bool) -> tuple[Booking, Step]:
        """One call, or one question, while the lease is kept alive."""
        call = asyncio.create_task(self._outcome(booking, row, ask=ask))
        while True:
            done, _ = await asyncio.wait({call}, timeout=policy.HEARTBEAT_SECONDS)
            if done:
                return booking, call.result()
            until = self._clock.now() + dt.timedelta(seconds=policy.LEASE_SECONDS)
            try:
                booking = await self._ledger.save(
                    replace(booking, lease_owner=self.owner, lease_until=until, due_at=until)
                )
            except (Superseded, LedgerAway):
                # Somebody else goes on from the announcement; what our call does, they will find.
                call.add_done_callback(lambda task: task.cancelled() or task.exception())
                raise

    async def _outcome(self, booking: Booking, row: Row, *, ask: bool) -> Step:
        facts: Facts = {"booking_id": booking.id, "attempts": booking.attempts}
        try:
            with span(f"booking step {row.at.value}{' asked' if ask else ''}", facts=facts):
                return await self._called(booking, row, ask=ask)
        except UpstreamError as failure:
            return judged(booking, row, failure, ask=ask)

    async def _called(self, booking: Booking, row: Row, *, ask: bool) -> Step:
        now = self._clock.now()
        if ask and row.ask is not None:
            return await row.ask(self._upstreams, booking, now)
        if row.ask is None or booking.announced_at is None:
            return await row.do(self._upstreams, booking, now)
        with writes_ending_within(self._left_to_write(booking.announced_at, now)):
            return await row.do(self._upstreams, booking, now)

    def _left_to_write(self, announced: dt.datetime, now: dt.datetime) -> float:
        """Seconds; whoever asks about this call later relies on its being over by then."""
        ends = announced + dt.timedelta(seconds=policy.writes_end_after(self._call_seconds))
        return (ends - now).total_seconds()


def _again(booking: Booking, step: Again, now: dt.datetime) -> tuple[Booking, bool]:
    """Once at once, for most answers are lost singly; then with growing pauses."""
    if booking.attempts == 0:
        told = booking.told(now, step.what)
        return replace(told, announced_at=None, attempts=1, **step.changes), True
    changed = replace(booking, **step.changes)
    return transitions.retried(changed, now, step.what, known_not_done=True), False
