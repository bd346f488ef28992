"""Decisions about time and patience; pure. Every number says why it is what it is."""

import datetime as dt
import random

from bff.booking.model import Booking, Method, Point

# A step that outlives this without a heartbeat is taken over. Recovery after a crash must stay
# under ten seconds, sweep and question included.
LEASE_SECONDS = 4
# Two may be missed.
HEARTBEAT_SECONDS = 1.3

# What a step reads before it writes takes a moment. So long after the announcement a write still
# has the whole time of a call; one that begins later has less.
HEAD_START_SECONDS = 0.5
# From the end of our last write to "not done is believed": the clocks of two copies are not quite
# one, and an upstream that we have hung up on may be writing yet.
SETTLE_MARGIN_SECONDS = 1.0

# A call that we believe undone may still be done by a slow upstream. So long after each coming to
# rest such a booking is looked at again.
STRAY_LOOK_SECONDS = (60, 600, 3600)

FIRST_RETRY_SECONDS = 1.0
# Bookings parked through an outage must all be finished within a minute of its end.
LONGEST_RETRY_SECONDS = 20.0

# After this many refusals of an undo step, a person has to look.
MAX_UNDO_REFUSALS = 5

# The venue answers a request in hours; a minute is prompt enough for the guest.
REQUEST_POLL_SECONDS = 60

# How long we go on trying for a guest who pays by points.
PARKED_HOURS = 12
# The CRM session must outlive our last try.
SESSION_MARGIN_SECONDS = 600
# A card authorisation lasts about 7 days; one day is kept for giving it back in order.
AUTHORISATION_DAYS = 6
# A hold is not used in its last seconds: the upstream's clock and the way there are not ours.
HOLD_MARGIN_SECONDS = 5

# A place that nobody has to pay for on a device is booked within seconds. A short hold also ends
# soon where its answer was lost.
QUICK_HOLD_SECONDS = 60

FORWARD = frozenset({Point.ACCEPTED, Point.HELD, Point.AWAITING_PAYMENT, Point.PAID})


def writes_end_after(call_seconds: float) -> float:
    """Seconds from an announcement until none of its writes is under way any more.

    `call_seconds`: how long one call to an upstream may take.
    """
    return call_seconds + HEAD_START_SECONDS


def settles_after(call_seconds: float) -> float:
    """How old an announcement must be, in seconds, before "not done" is believed."""
    return writes_end_after(call_seconds) + SETTLE_MARGIN_SECONDS


def retry_delay(attempts: int) -> float:
    """Seconds until the next try: doubling, bounded, with full jitter above a floor."""
    # Bounded before it is a float: a long outage has thousands of attempts.
    doublings = min(max(0, attempts - 1), 10)
    longest = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2**doublings)
    return float(longest * (0.5 + random.random() / 2))  # noqa: S311 - jitter, not a secret


def first_deadline(
    method: Method,
    now: dt.datetime,
    *,
    starts_at: dt.datetime,
    session_until: dt.datetime | None,
    hold_seconds: int,
) -> dt.datetime:
    """By when a new booking gives up going forward; `session_until` where it takes points."""
    if method is Method.CARD:
        return now + dt.timedelta(seconds=hold_seconds)
    parked = min(now + dt.timedelta(hours=PARKED_HOURS), starts_at)
    return parked if session_until is None else min(parked, redeemed_by(session_until))


def redeemed_by(session_until: dt.datetime) -> dt.datetime:
    """By when points must be taken under a CRM session."""
    return session_until - dt.timedelta(seconds=SESSION_MARGIN_SECONDS)


def paid_deadline(booking: Booking, now: dt.datetime) -> dt.datetime:
    """By when a paid booking must be booked, or the venue have answered."""
    if booking.method is Method.CARD and not booking.is_free:
        ends = now + dt.timedelta(days=AUTHORISATION_DAYS)
        return min(ends, booking.terms.starts_at)
    if booking.is_on_request:
        return booking.terms.starts_at
    return booking.deadline_at


def hold_length(booking: Booking, card_seconds: int) -> dt.timedelta:
    """How long a place is held; `card_seconds` where the guest has to pay on the device."""
    waits = booking.method is Method.CARD and not booking.is_free
    return dt.timedelta(seconds=card_seconds if waits else QUICK_HOLD_SECONDS)


def pay_until(booking: Booking) -> dt.datetime:
    """By when the guest must have paid: while the place is held."""
    until = booking.hold_until or booking.deadline_at
    return until - dt.timedelta(seconds=HOLD_MARGIN_SECONDS)


def hold_is_over(booking: Booking, now: dt.datetime) -> bool:
    """Whether the held place can no longer be counted on."""
    if booking.hold_until is None:
        return True
    return now >= booking.hold_until - dt.timedelta(seconds=HOLD_MARGIN_SECONDS)


def next_look(booking: Booking, now: dt.datetime) -> dt.datetime | None:
    """When a booking at rest is looked at again; None when only somebody else can move it."""
    if booking.in_doubt:
        return None
    if booking.point in {Point.CONFIRMED, Point.ENDED}:
        return _stray_look(booking, now)
    if booking.point is Point.PAID:
        return min(now + dt.timedelta(seconds=REQUEST_POLL_SECONDS), booking.deadline_at)
    return booking.deadline_at


def _stray_look(booking: Booking, now: dt.datetime) -> dt.datetime | None:
    if booking.stray_looks == 0:
        return None
    return now + dt.timedelta(seconds=STRAY_LOOK_SECONDS[-booking.stray_looks])
