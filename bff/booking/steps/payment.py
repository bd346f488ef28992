"""The payment: taken, authorised, captured, and given back."""

import datetime as dt

from bff.booking.model import Booking, PaymentStatus, Point, Reason
from bff.booking.policy import hold_is_over, paid_deadline, pay_until
from bff.booking.ports import (
    CannotAsk,
    CardState,
    InsufficientPoints,
    MemberSessionOver,
)
from bff.booking.steps.move import Answer, Doubt, Move, NotDone, Result, Upstreams, Wait, fail
from clients.errors import Refused, Unauthorised


async def redeem(up: Upstreams, booking: Booking, now: dt.datetime) -> Result:
    """Take the points; never without a place that is held."""
    if not booking.is_on_request and hold_is_over(booking, now):
        # Its last seconds may still stand in the way of the next hold.
        changes = {"hold_id": None, "hold_until": None, "lost_hold_until": booking.hold_until}
        return Move(Point.ACCEPTED, "the hold has lapsed", changes)
    try:
        redemption_id = await up.points.redeem(booking, booking.receipt_no)
    except InsufficientPoints as short:
        return fail("not enough points", Reason.INSUFFICIENT_POINTS, balance_before=short.balance)
    except MemberSessionOver:
        return fail("the member's CRM session is over", Reason.MEMBER_SESSION_OVER)
    return _redeemed(booking, now, redemption_id)


async def after_lost_redeem(up: Upstreams, booking: Booking, now: dt.datetime) -> Answer:
    try:
        done = await up.points.was_redeemed(booking, booking.receipt_no)
    except CannotAsk:
        return Doubt("the points may have been taken; the CRM cannot be asked")
    return _redeemed(booking, now, None) if done else NotDone()


def redeemed_by_hand(_up: Upstreams, booking: Booking, now: dt.datetime, found: str | None) -> Move:
    return _redeemed(booking, now, found)


def _redeemed(booking: Booking, now: dt.datetime, redemption_id: str | None) -> Move:
    changes = {
        "payment_status": PaymentStatus.PAID,
        "redemption_id": redemption_id,
        "deadline_at": paid_deadline(booking, now),
    }
    return Move(Point.PAID, "points taken", changes)


async def nothing_to_pay(_up: Upstreams, booking: Booking, now: dt.datetime) -> Result:
    return Move(Point.PAID, "nothing to pay", {"deadline_at": paid_deadline(booking, now)})


async def open_card_payment(up: Upstreams, booking: Booking, _now: dt.datetime) -> Result:
    try:
        intent = await up.cards.open(booking)
    except Unauthorised:
        raise
    except Refused as no:
        # No card has been shown yet: it is our request that Stripe does not take.
        return fail(
            f"Stripe refused: {no.code or no.status}", Reason.REFUSED, reason_detail=no.upstream
        )
    changes = {
        "intent_id": intent.id,
        "intent_secret": intent.client_secret,
        "customer_id": intent.customer_id,
        "payment_status": PaymentStatus.PENDING,
        "deadline_at": pay_until(booking),
    }
    return Move(Point.AWAITING_PAYMENT, "the guest is to pay", changes)


async def look_at_card(up: Upstreams, booking: Booking, now: dt.datetime) -> Result:
    try:
        look = await up.cards.look(booking)
    except Unauthorised:
        raise
    except Refused:
        if now < booking.deadline_at:
            raise
        return fail("Stripe does not know the payment", Reason.PAYMENT_NOT_MADE)
    if look.state in {CardState.AUTHORISED, CardState.CAPTURED}:
        paid = look.state is CardState.CAPTURED
        changes = {
            "payment_status": PaymentStatus.PAID if paid else PaymentStatus.HELD,
            "deadline_at": paid_deadline(booking, now),
            "decline_code": None,
        }
        return Move(Point.PAID, "card authorised", changes)
    if look.state is CardState.RETURNED or now >= booking.deadline_at:
        return fail("not paid in time", Reason.PAYMENT_NOT_MADE)
    declined = look.decline_code if look.state is CardState.DECLINED else None
    return Wait("not paid yet", None, {"decline_code": declined})


async def capture(up: Upstreams, booking: Booking, _now: dt.datetime) -> Result:
    try:
        await up.cards.capture(booking)
    except Unauthorised:
        raise
    except Refused as no:
        return fail(f"Stripe refused: {no.code or no.status}", Reason.PAYMENT_REFUSED)
    return Move(Point.CONFIRMED, "card charged", {"payment_status": PaymentStatus.PAID})


async def nothing_to_capture(_up: Upstreams, _booking: Booking, _now: dt.datetime) -> Result:
    return Move(Point.CONFIRMED, "confirmed")


async def give_points_back(up: Upstreams, booking: Booking, _now: dt.datetime) -> Result:
    try:
        await up.points.give_back(booking, booking.receipt_no)
    except CannotAsk:
        return Doubt("the CRM has no call that gives points back")
    return _given_back()


async def after_lost_give_back(up: Upstreams, booking: Booking, _now: dt.datetime) -> Answer:
    try:
        done = await up.points.was_given_back(booking, booking.receipt_no)
    except CannotAsk:
        return Doubt("the points may be back already; the CRM cannot be asked")
    return _given_back() if done else NotDone()


async def give_card_payment_back(up: Upstreams, booking: Booking, _now: dt.datetime) -> Result:
    """What was never taken is not said to be returned."""
    look = await up.cards.look(booking)
    await up.cards.give_back(booking)
    taken = booking.payment_status in {PaymentStatus.HELD, PaymentStatus.PAID}
    if taken or look.state in {CardState.AUTHORISED, CardState.CAPTURED, CardState.PROCESSING}:
        return _given_back()
    return Move(Point.ENDED, "payment closed", {"payment_status": PaymentStatus.NONE})


def given_back_by_hand(
    _up: Upstreams, _booking: Booking, _now: dt.datetime, _found: str | None
) -> Move:
    return _given_back()


def _given_back() -> Move:
    return Move(Point.ENDED, "payment given back", {"payment_status": PaymentStatus.RETURNED})


async def nothing_to_give_back(_up: Upstreams, _booking: Booking, _now: dt.datetime) -> Result:
    return Move(Point.ENDED, "nothing to give back")
