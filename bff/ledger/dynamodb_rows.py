"""The rows of the table: keys, and bookings in them. docs/ledger.md shows the whole table."""

import datetime as dt
import zlib

from bff.booking.model import Booking, Point
from bff.booking.retention import expiry_of
from bff.ledger.codec import Seal, booking_from_text, booking_to_text
from bff.ledger.dynamodb_table import Row

# An index is spread over so many partitions. One takes 1,000 writes a second, and a booking makes
# about 20 in the index of due rows. More shards would make every sweep dearer, which asks each.
SHARDS = tuple(f"#{number}" for number in range(8))

# Stripe sends an event again for three days, and lists it for thirty.
EVENT_DAYS = 30

# What puts a row into the index of due rows.
DUE = ("due_shard", "due_at")

# The wish to cancel has its place in the inbox, under a name that no webhook event has.
WISH = "cancel"

BOOKING = "BOOKING"
_EVENT = "EVENT#"
_BOOKING_OF = "BOOKING#"
KEY = "KEY#"
SESSION = "SESSION"
_MEMBER = "MEMBER#"


def booking_key(booking_id: str) -> Row:
    return {"pk": text(_BOOKING_OF + booking_id), "sk": text(BOOKING)}


def key_key(member_id: str, idempotency_key: str) -> Row:
    """Where a member's idempotency key is kept, and with it their list of bookings."""
    return {"pk": member_partition(member_id), "sk": text(KEY + idempotency_key)}


def event_key(booking_id: str, event_id: str) -> Row:
    return {"pk": text(_BOOKING_OF + booking_id), "sk": text(_EVENT + event_id)}


def member_partition(member_id: str) -> Row:
    return text(_MEMBER + member_id)


def booking_row(
    booking: Booking, write_id: str, seal: Seal, keep: dt.timedelta | None = None
) -> Row:
    """`write_id` tells a write whose answer was lost from somebody else's.

    `keep`: how long the table has a booking beyond its end. One that moves again loses the time at
    which it would go.
    """
    row = booking_key(booking.id) | {
        "version": number(booking.version),
        "write_id": text(write_id),
        "created_at": seconds(booking.created_at),
        "body": text(booking_to_text(booking, seal)),
    }
    if booking.lease_until is not None:
        row["lease_until"] = seconds(booking.lease_until)
    if booking.due_at is not None:
        # Nobody may look while a lease lasts, so the index need not show it before.
        leased = booking.lease_until or booking.due_at
        row |= _due(booking.id, max(booking.due_at, leased))
    if booking.in_doubt or booking.point not in {Point.CONFIRMED, Point.ENDED}:
        row["unfinished_shard"] = _shard(booking.id)
    gone_at = expiry_of(booking, keep)
    if gone_at is not None:
        row["expires_at"] = whole_seconds(gone_at)
    return row


def booking_in(row: Row, seal: Seal) -> Booking:
    return booking_from_text(row["body"]["S"], seal)


def key_row(booking: Booking) -> Row:
    return key_key(booking.member_id, booking.idempotency_key) | {"booking_id": text(booking.id)}


def event_row(event_id: str, booking_id: str, write_id: str, now: dt.datetime) -> Row:
    """An unsettled event. Settled, it is off the index and stays until it is out of date."""
    return {
        **event_key(booking_id, event_id),
        **_due(booking_id, now),
        "write_id": text(write_id),
        "expires_at": whole_seconds(now + dt.timedelta(days=EVENT_DAYS)),
    }


def _due(booking_id: str, at: dt.datetime) -> Row:
    return {"due_shard": _shard(booking_id), "due_at": seconds(at)}


def _shard(booking_id: str) -> Row:
    return text(SHARDS[zlib.crc32(booking_id.encode()) % len(SHARDS)])


def is_booking(row: Row) -> bool:
    return bool(row["sk"]["S"] == BOOKING)


def is_open_event(row: Row) -> bool:
    return row["sk"]["S"].startswith(_EVENT) and "due_at" in row


def is_wish(row: Row) -> bool:
    return bool(row["sk"]["S"] == _EVENT + WISH)


def booking_id_of(row: Row) -> str:
    return str(row["pk"]["S"]).removeprefix(_BOOKING_OF)


def member_id_of(row: Row) -> str:
    return str(row["pk"]["S"]).removeprefix(_MEMBER)


def text(value: str) -> Row:
    return {"S": value}


def number(value: int) -> Row:
    return {"N": str(value)}


def seconds(at: dt.datetime) -> Row:
    return {"N": f"{at.timestamp():.6f}"}


def whole_seconds(at: dt.datetime) -> Row:
    """As DynamoDB's expiry wants them."""
    return {"N": str(int(at.timestamp()))}
