"""A booking's card payment at Stripe, in our words.

Every write carries an idempotency key made of the booking and the step. Where Stripe answers with
the stored failure of an earlier call (StoredFailure), the step is asked for once more under the
key of this attempt: each step is either harmless to repeat (an intent that nobody paid, a key that
nobody uses) or refused by Stripe itself the second time (capture, cancel, whole refund).
"""

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

from bff.booking.model import Booking
from bff.booking.ports import CardIntent, CardLook, CardState, Sheet
from bff.money import Money, minor_units
from clients.errors import OutcomeUnknown, Refused
from clients.stripe.amounts import stripe_amount
from clients.stripe.errors import StoredFailure, StripeRefused
from clients.stripe.models import Intent
from clients.stripe.read import StripeReads
from clients.stripe.write import StripeWrites

T = TypeVar("T")

# For an app that does not say which version its Stripe SDK speaks.
DEFAULT_STRIPE_VERSION = "2026-10-28.endive"
# Stripe judges the rest; this keeps a guest's text out of our headers and keys.
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[!-~]{0,40}")

_STATES = {
    "requires_payment_method": CardState.OPEN,
    "requires_confirmation": CardState.OPEN,
    "requires_action": CardState.OPEN,
    "processing": CardState.PROCESSING,
    "requires_capture": CardState.AUTHORISED,
    "succeeded": CardState.CAPTURED,
    "canceled": CardState.RETURNED,
}


class StripeCards:
    """`bff.booking.ports.Cards`. Errors: `clients.errors.UpstreamError`."""

    def __init__(self, reads: StripeReads, writes: StripeWrites, *, publishable_key: str) -> None:
        self._reads = reads
        self._writes = writes
        self._publishable_key = publishable_key

    async def open(self, booking: Booking) -> CardIntent:
        """Errors: also Refused `amount_not_chargeable`, see `clients.stripe.amounts`."""
        price = booking.terms.price
        amount = None if price is None else stripe_amount(_units(price), price.currency)
        if price is None or amount is None:
            raise _refused("open intent", "amount_not_chargeable")
        customer_id = booking.customer_id or await self._customer(booking)
        intent = await _once(
            booking,
            _key(booking, "intent"),
            lambda key: self._writes.create_intent(
                amount=amount,
                currency=price.currency,
                customer_id=customer_id,
                booking_id=booking.id,
                key=key,
            ),
        )
        if intent.client_secret is None:
            raise OutcomeUnknown("stripe", "open intent", "no client secret")
        return CardIntent(id=intent.id, customer_id=customer_id, client_secret=intent.client_secret)

    async def sheet(self, booking: Booking, stripe_version: str | None) -> Sheet:
        """Within a day a repeated call answers the same, also when the hour of the key is over.

        Errors: also Refused for a version that Stripe does not know.
        """
        version = stripe_version or DEFAULT_STRIPE_VERSION
        if not _VERSION.fullmatch(version):
            raise _refused("open sheet", "invalid_api_version")
        customer_id, secret = booking.customer_id, booking.intent_secret
        if customer_id is None or secret is None:
            raise _refused("open sheet", "no_intent")
        ephemeral = await _once(
            booking,
            _key(booking, f"sheet:{version}"),
            lambda key: self._writes.create_ephemeral_key(
                customer_id=customer_id, stripe_version=version, key=key
            ),
        )
        return Sheet(
            publishable_key=self._publishable_key,
            client_secret=secret,
            customer_id=customer_id,
            ephemeral_key_secret=ephemeral.secret,
        )

    async def look(self, booking: Booking) -> CardLook:
        """An intent that was never opened is OPEN: its secret never left us, nobody can pay it."""
        if booking.intent_id is None:
            return CardLook(state=CardState.OPEN)
        return _look(await self._reads.intent(booking.intent_id))

    async def capture(self, booking: Booking) -> None:
        intent_id = _intent_id(booking, "capture")
        try:
            intent = await _once(
                booking,
                _key(booking, "capture"),
                lambda key: self._writes.capture(intent_id, key=key),
            )
        except StripeRefused as refusal:
            intent = refusal.intent or await self._reads.intent(intent_id)
            if intent.status != "succeeded":
                raise
        if intent.status != "succeeded":
            raise OutcomeUnknown("stripe", "capture", f"status {intent.status}")

    async def give_back(self, booking: Booking) -> None:
        """Errors: also OutcomeUnknown while the card's bank is still at it."""
        if booking.intent_id is None:
            return
        intent = await self._reads.intent(booking.intent_id)
        if intent.status not in {"succeeded", "canceled"}:
            intent = await self._cancel(booking, intent.id)
        if intent.status == "succeeded" and not intent.is_refunded:
            await self._refund(booking, intent.id)

    async def _customer(self, booking: Booking) -> str:
        return await _once(
            booking,
            f"customer:{booking.member_id}",
            lambda key: self._writes.create_customer(member_id=booking.member_id, key=key),
        )

    async def _cancel(self, booking: Booking, intent_id: str) -> Intent:
        """The intent as it is after cancelling, which a capture may have forestalled."""
        try:
            intent = await _once(
                booking,
                _key(booking, "cancel"),
                lambda key: self._writes.cancel(intent_id, key=key),
            )
        except StripeRefused as refusal:
            intent = await self._reads.intent(intent_id)
            if intent.status == "processing":
                raise OutcomeUnknown("stripe", "cancel", "processing") from refusal
            if intent.status not in {"succeeded", "canceled"}:
                raise
        return intent

    async def _refund(self, booking: Booking, intent_id: str) -> None:
        try:
            refund = await _once(
                booking,
                _key(booking, "refund"),
                lambda key: self._writes.refund(intent_id, booking_id=booking.id, key=key),
            )
        except StripeRefused as refusal:
            if refusal.code == "charge_already_refunded":
                return
            raise
        if refund.status in {"failed", "canceled"}:
            raise _refused("refund", f"refund_{refund.status}")


def _key(booking: Booking, step: str) -> str:
    """One started anew must not be answered with what became of its first intent."""
    again = f":{booking.round}" if booking.round > 1 else ""
    return f"{booking.id}{again}:{step}"


async def _once(booking: Booking, key: str, write: Callable[[str], Awaitable[T]]) -> T:
    try:
        return await write(key)
    except StoredFailure:
        return await write(f"{key}:{booking.attempts}")


def _look(intent: Intent) -> CardLook:
    state = _STATES.get(intent.status or "", CardState.PROCESSING)
    # While the guest is at 3-D Secure, an error is one of an earlier card.
    if state is CardState.OPEN and intent.has_error and intent.status != "requires_action":
        return CardLook(
            state=CardState.DECLINED, decline_code=intent.decline_code or intent.error_code
        )
    if state is CardState.CAPTURED and intent.is_refunded:
        return CardLook(state=CardState.RETURNED)
    return CardLook(state=state)


def _units(price: Money) -> Decimal:
    return Decimal(price.amount).scaleb(-minor_units(price.currency))


def _intent_id(booking: Booking, operation: str) -> str:
    if booking.intent_id is None:
        raise _refused(operation, "no_intent")
    return booking.intent_id


def _refused(operation: str, code: str) -> Refused:
    """Refused by us, since Stripe could only refuse it."""
    return Refused("stripe", operation, code, status=400, code=code)
