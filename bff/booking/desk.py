"""Takes a guest's commands: writes the booking down, has it driven, and answers."""

import datetime as dt
from dataclasses import dataclass, replace

from bff.booking import policy
from bff.booking.answers import Answers
from bff.booking.effort import Effort, may_move
from bff.booking.history import FOREIGN, guest_of
from bff.booking.identity import fingerprint, new_booking_id, terms_of
from bff.booking.model import Booking, Method, Point, Reason, Terms
from bff.booking.outcomes import (
    BadInput,
    CancelOutcome,
    CannotCancel,
    CardOutcome,
    KeyReused,
    PointsOutcome,
    SessionOver,
    SlotTaken,
)
from bff.booking.ports import Ledger, Superseded
from bff.catalogue.slot_tokens import BadSlotId, SlotIdExpired, SlotTokens
from bff.clock import Clock
from bff.members.model import MemberSession
from clients.tracing import traceparent

# A booking that ended for these reasons kept nothing and may be started anew with the same key.
# Unless something it did may still turn up.
_STARTS_ANEW = frozenset({Reason.MEMBER_SESSION_OVER, Reason.UPSTREAM_GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """`expired`: the slot id is too old for a new booking, not for repeating an earlier one."""

    member: MemberSession
    key: str
    method: Method
    terms: Terms
    notes: str | None
    expired: bool
    stripe_version: str | None = None

    @property
    def is_free(self) -> bool:
        return self.terms.price is None or self.terms.price.amount == 0

    def is_late(self, now: dt.datetime) -> bool:
        """Whether nothing new can be booked with it."""
        return self.expired or now >= self.terms.starts_at


class BookingDesk:
    """Implements BookingCommands."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        effort: Effort,
        answers: Answers,
        slots: SlotTokens,
        clock: Clock,
        hold_seconds: int,
    ) -> None:
        self._ledger = ledger
        self._effort = effort
        self._answers = answers
        self._slots = slots
        self._clock = clock
        self._hold_seconds = hold_seconds

    async def book_with_points(
        self, member: MemberSession, *, key: str, slot_id: str, notes: str | None
    ) -> PointsOutcome:
        wish = self._wish(member, key, slot_id, Method.POINTS, notes)
        if isinstance(wish, BadInput):
            return wish
        if not wish.is_free and wish.terms.points is None:
            return BadInput(field="slotId", message="Points are not taken for this slot.")
        if await self._needs_sign_in(wish):
            return SessionOver()
        booked = await self._book(wish)
        return await self._answers.points(booked) if isinstance(booked, Booking) else booked

    async def book_with_card(
        self,
        member: MemberSession,
        *,
        key: str,
        slot_id: str,
        notes: str | None,
        stripe_version: str | None,
    ) -> CardOutcome:
        wish = self._wish(member, key, slot_id, Method.CARD, notes)
        if isinstance(wish, BadInput):
            return wish
        booked = await self._book(replace(wish, stripe_version=stripe_version))
        return await self._answers.card(booked) if isinstance(booked, Booking) else booked

    async def confirm_card_booking(self, member: MemberSession, booking_id: str) -> CardOutcome:
        booking = await self._own(member, booking_id)
        if booking is None or booking.method is not Method.CARD:
            return BadInput(field="bookingId", message="There is no such card booking.")
        if may_move(booking):
            booking = await self._effort.again(booking)
        return await self._answers.card(booking)

    async def cancel(self, member: MemberSession, booking_id: str) -> CancelOutcome:
        booking = await self._own(member, booking_id)
        if booking is None:
            theirs = booking_id.startswith(FOREIGN)
            said = "Please ask the venue to cancel." if theirs else "There is no such booking."
            return CannotCancel(message=said)
        if not booking.is_final:
            now = self._clock.now()
            if now >= booking.terms.starts_at:
                return CannotCancel(message="This booking has begun already.")
            await self._ledger.ask_to_cancel(booking.id, now)
            booking = await self._effort.cancel(booking)
        return self._answers.cancelled(booking)

    def _wish(
        self, member: MemberSession, key: str, slot_id: str, method: Method, notes: str | None
    ) -> _Wish | BadInput:
        try:
            signed, expired = self._slots.read(slot_id, self._clock.now()), False
        except SlotIdExpired as late:
            signed, expired = late.signed, True
        except BadSlotId:
            return BadInput(field="slotId", message="This is not a slot id of ours.")
        return _Wish(
            member=member,
            key=key,
            method=method,
            terms=terms_of(signed),
            notes=notes,
            expired=expired,
        )

    async def _needs_sign_in(self, wish: _Wish) -> bool:
        """Whether points cannot be taken before the next sign-in; a repetition needs none."""
        by = policy.redeemed_by(wish.member.expires_at)
        over = not wish.member.profile_token or self._clock.now() >= by
        if wish.is_free or not over:
            return False
        known = await self._ledger.find(wish.member.sub, wish.key)
        if known is None or known.reason is Reason.MEMBER_SESSION_OVER:
            return True
        return _may_start_anew(known)

    async def _book(self, wish: _Wish) -> Booking | KeyReused | SlotTaken:
        known = await self._ledger.find(wish.member.sub, wish.key)
        if known is not None:
            return await self._repeated(known, wish)
        now = self._clock.now()
        if wish.is_late(now):
            return SlotTaken(alternatives=await self._answers.alternatives(wish.terms))
        fresh = self._effort.opened(self._new(wish, now))
        written = await self._ledger.open(fresh)
        if written.id != fresh.id:
            return await self._repeated(written, wish)
        return await self._effort.first(written)

    async def _repeated(self, known: Booking, wish: _Wish) -> Booking | KeyReused | SlotTaken:
        if known.input_hash != fingerprint(wish.method, wish.terms, wish.notes):
            return KeyReused()
        if _may_start_anew(known):
            return await self._anew(known, wish)
        return await self._effort.again(known) if may_move(known) else known

    async def _anew(self, known: Booking, wish: _Wish) -> Booking | SlotTaken:
        """Start a booking that ended without effect once more, under the same key."""
        now = self._clock.now()
        if wish.is_late(now):
            return SlotTaken(alternatives=await self._answers.alternatives(wish.terms))
        again = replace(
            self._new(wish, now),
            id=known.id,
            created_at=known.created_at,
            version=known.version,
            round=known.round + 1,
            story=known.story,
        )
        try:
            saved = await self._ledger.save(self._effort.opened(again.told(now, "started anew")))
        except Superseded:
            return await self._effort.again(known)
        return await self._effort.first(saved)

    def _new(self, wish: _Wish, now: dt.datetime) -> Booking:
        return Booking(
            id=new_booking_id(),
            member_id=wish.member.sub,
            idempotency_key=wish.key,
            input_hash=fingerprint(wish.method, wish.terms, wish.notes),
            method=wish.method,
            terms=wish.terms,
            guest=guest_of(wish.member, wish.notes),
            point=Point.ACCEPTED,
            created_at=now,
            updated_at=now,
            deadline_at=policy.first_deadline(
                wish.method,
                now,
                starts_at=wish.terms.starts_at,
                session_until=None if wish.is_free else wish.member.expires_at,
                hold_seconds=self._hold_seconds,
            ),
            due_at=now,
            stripe_version=wish.stripe_version,
            traceparent=traceparent(),
        )

    async def _own(self, member: MemberSession, booking_id: str) -> Booking | None:
        booking = await self._ledger.load(booking_id)
        return booking if booking is not None and booking.member_id == member.sub else None


def _may_start_anew(known: Booking) -> bool:
    return known.is_final and known.reason in _STARTS_ANEW and known.stray_looks == 0
