"""Points at Memberson, in our words.

What is taken is named by its receipt, our own reference: the answer to a redemption is not
documented. All that asks about a redemption or gives it back is PROPOSED, see
`clients.memberson.proposed`, and can be switched off; these calls then say `CannotAsk`.
"""

import hashlib
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from http import HTTPStatus

import clients.memberson.proposed as assumed
from bff.booking.model import Booking
from bff.booking.ports import CannotAsk, InsufficientPoints, MemberSessionOver
from bff.clock import Clock
from bff.gateways.memberships import balance_of, in_force, with_number
from bff.members.model import MemberSession
from bff.members.ports import Sessions
from bff.settings import MembersonSettings
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised, UpstreamError
from clients.memberson.codes import MEMBER_SESSION_OVER, NO_SUCH_ROUTE
from clients.memberson.models import MembershipSummary, PointsEntry, Redemption
from clients.memberson.read import MembersonReads
from clients.memberson.write import MembersonWrites

UPSTREAM = "memberson"


class MembersonPoints:
    """`bff.booking.ports.Points`. Errors: `clients.errors.UpstreamError`."""

    def __init__(
        self,
        reads: MembersonReads,
        writes: MembersonWrites,
        sessions: Sessions,
        settings: MembersonSettings,
        clock: Clock,
    ) -> None:
        self._reads = reads
        self._writes = writes
        self._sessions = sessions
        self._settings = settings
        self._clock = clock

    async def balance(self, booking: Booking) -> int | None:
        return balance_of(await self._membership(booking), self._settings.point_type)

    async def redeem(self, booking: Booking, receipt_no: str) -> str | None:
        """Errors: also InsufficientPoints, MemberSessionOver."""
        session = await self._live_session(booking)
        if session is None:
            raise MemberSessionOver
        redemption = await self._redemption(booking, receipt_no)
        try:
            found = await self._writes.redeem_point(redemption, session.profile_token)
        except Unauthorised:
            raise
        except Refused as refusal:
            raise await self._shortage(booking, refusal) or _in_our_words(refusal) from refusal
        if found is None:
            await self._seen("redeem-point", self.was_redeemed(booking, receipt_no))
        return found

    async def was_redeemed(self, booking: Booking, receipt_no: str) -> bool:
        """Errors: also CannotAsk."""
        return bool(_taken(await self._entries(booking, receipt_no)))

    async def standing(self, booking: Booking, receipt_no: str) -> int:
        """An entry told twice counts once, one without an amount as the price.

        Errors: also CannotAsk.
        """
        entries = _once_each(await self._entries(booking, receipt_no))
        price = Decimal(_price(booking))
        return int(_total(_taken(entries), price) - _total(_given_back(entries), price))

    async def give_back(self, booking: Booking, receipt_no: str) -> None:
        """Give all of it back; points that are back already stay so. Errors: also CannotAsk."""
        if not self._settings.cancel:
            raise CannotAsk
        session = await self._live_session(booking)
        redemption = await self._redemption(booking, receipt_no)
        try:
            found = await self._cancel(redemption, session)
        except Unauthorised:
            raise
        except Refused as refusal:
            if _no_such_call(refusal):
                raise CannotAsk from refusal
            if not await self._nothing_to_give_back(booking, receipt_no, refusal):
                raise
            return
        if found is None:
            await self._seen("cancel-redeem-point", self.was_given_back(booking, receipt_no))

    async def was_given_back(self, booking: Booking, receipt_no: str) -> bool:
        """Errors: also CannotAsk."""
        return _is_back(await self._entries(booking, receipt_no))

    async def _seen(self, operation: str, is_done: Awaitable[bool]) -> None:
        """A 2xx that names no transaction may be anybody's: the history, where there is one, tells.

        Errors: OutcomeUnknown.
        """
        try:
            if await is_done:
                return
        except CannotAsk:
            return
        except UpstreamError as failure:
            raise OutcomeUnknown(UPSTREAM, operation, "a 2xx without an id") from failure
        raise OutcomeUnknown(UPSTREAM, operation, "a 2xx without an id, not in the history")

    async def _cancel(self, redemption: Redemption, session: MemberSession | None) -> str | None:
        """With the member's session while it lasts, else with the service's own (PROPOSED)."""
        if session is not None:
            try:
                return await self._writes.cancel_redeem_point(redemption, session.profile_token)
            except Refused as refusal:
                if refusal.code != MEMBER_SESSION_OVER:
                    raise
        return await self._writes.cancel_redeem_point(redemption, None)

    async def _nothing_to_give_back(
        self, booking: Booking, receipt_no: str, refusal: Refused
    ) -> bool:
        """Whether the refusal only says that nothing of this receipt is left to give back."""
        try:
            entries = await self._entries(booking, receipt_no)
        except CannotAsk:
            return False
        never_taken = refusal.code == assumed.REDEMPTION_UNKNOWN and not _taken(entries)
        return never_taken or _is_back(entries)

    async def _entries(self, booking: Booking, receipt_no: str) -> Sequence[PointsEntry]:
        """What the points history has under this receipt. Errors: also CannotAsk."""
        if not self._settings.history:
            raise CannotAsk
        number = await self._member_number(booking)
        try:
            entries = await self._reads.transactions(
                number, point_type=self._settings.point_type, receipt_no=receipt_no
            )
        except Refused as refusal:
            if _no_such_call(refusal) or refusal.code == assumed.MEMBER_UNKNOWN:
                raise CannotAsk from refusal
            raise
        return _about(entries, receipt_no)

    async def _shortage(self, booking: Booking, refusal: Refused) -> InsufficientPoints | None:
        """Too few points, by the code, which is not confirmed, or else by a fresh balance."""
        if refusal.code in {MEMBER_SESSION_OVER, assumed.RECEIPT_USED_OTHERWISE}:
            return None
        balance = await self._fresh_balance(booking)
        is_short = balance is not None and balance < _price(booking)
        if is_short or refusal.code == assumed.NOT_ENOUGH_POINTS:
            return InsufficientPoints(balance)
        return None

    async def _fresh_balance(self, booking: Booking) -> int | None:
        try:
            return await self.balance(booking)
        except UpstreamError:
            return None

    async def _live_session(self, booking: Booking) -> MemberSession | None:
        session = await self._sessions.load(booking.member_id)
        if session is None or session.expires_at <= self._clock.now():
            return None
        return session

    async def _membership(self, booking: Booking) -> MembershipSummary | None:
        memberships = await self._reads.summary(booking.guest.customer_number)
        if booking.guest.member_number:
            return with_number(memberships, booking.guest.member_number)
        return in_force(memberships, self._clock.now())

    async def _member_number(self, booking: Booking) -> str:
        """Errors: NotSent, since whatever needs the number was not called."""
        if booking.guest.member_number:
            return booking.guest.member_number
        try:
            membership = await self._membership(booking)
        except UpstreamError as failure:
            raise NotSent(UPSTREAM, failure.operation, "no member number") from failure
        if membership is None or membership.member_number is None:
            raise Refused(UPSTREAM, "summary", "no membership", status=HTTPStatus.NOT_FOUND)
        return membership.member_number

    async def _redemption(self, booking: Booking, receipt_no: str) -> Redemption:
        """The same for every try, so that a CRM that compares repetitions sees the same."""
        return Redemption(
            member_number=await self._member_number(booking),
            point_type=self._settings.point_type,
            location=self._settings.location,
            amount=_price(booking),
            receipt_no=receipt_no,
            redemption_code=_redemption_code(receipt_no),
            description="COMO Club booking",
            at=booking.created_at,
        )


def _price(booking: Booking) -> int:
    points = booking.terms.points
    if points is None or points <= 0:
        raise Refused(UPSTREAM, "redeem-point", "no price in points", status=HTTPStatus.BAD_REQUEST)
    return points


def _redemption_code(receipt_no: str) -> str:
    """Ten characters as [G2T8-J] sends them. What they mean is not known: nothing relies on it."""
    return f"BFF-{hashlib.sha256(receipt_no.encode()).hexdigest()[:6]}"


def _no_such_call(refusal: Refused) -> bool:
    return refusal.status in NO_SUCH_ROUTE and refusal.code not in assumed.CODES


def _about(entries: Sequence[PointsEntry], receipt_no: str) -> tuple[PointsEntry, ...]:
    """Entries of this receipt, and those that reverse them, in case the filter was not heeded."""
    own = [entry for entry in entries if entry.receipt_no == receipt_no]
    ids = {entry.id for entry in own if entry.id}
    return tuple(entry for entry in entries if entry in own or entry.reversed_id in ids)


def _once_each(entries: Sequence[PointsEntry]) -> list[PointsEntry]:
    named = {entry.id: entry for entry in entries if entry.id}
    return [*named.values(), *(entry for entry in entries if not entry.id)]


def _taken(entries: Sequence[PointsEntry]) -> list[PointsEntry]:
    return [entry for entry in entries if assumed.is_redemption(entry)]


def _given_back(entries: Sequence[PointsEntry]) -> list[PointsEntry]:
    return [entry for entry in entries if assumed.is_reversal(entry)]


def _is_back(entries: Sequence[PointsEntry]) -> bool:
    """Whether all that was taken came back; counted by entries where an amount is missing."""
    taken, back = _taken(entries), _given_back(entries)
    if not back or any(entry.amount is None for entry in (*taken, *back)):
        return bool(back) and len(back) >= len(taken)
    return _total(back) >= _total(taken)


def _total(entries: Sequence[PointsEntry], otherwise: Decimal = Decimal(0)) -> Decimal:
    amounts = (otherwise if each.amount is None else abs(each.amount) for each in entries)
    return sum(amounts, Decimal(0))


def _in_our_words(refusal: Refused) -> Exception:
    """A redemption refused for another reason than too few points."""
    if refusal.code == assumed.RECEIPT_USED_OTHERWISE:
        # Our receipt is on the CRM's books: an earlier try of ours may have got through.
        return OutcomeUnknown(UPSTREAM, refusal.operation, "receipt in use")
    # A bad ProfileToken is answered by 400 (CONFIRMED [SMU2]); no code is recorded for it.
    bare = refusal.status == HTTPStatus.BAD_REQUEST and refusal.code is None
    return MemberSessionOver() if bare or refusal.code == MEMBER_SESSION_OVER else refusal
