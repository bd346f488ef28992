"""The reservation request object."""

from datetime import datetime
from typing import Any

from sandbox.seed.model import Seed
from sandbox.sevenrooms import times
from sandbox.sevenrooms.rows import Request
from sandbox.sevenrooms.shapes.reservation import user


def request(seed: Seed, row: Request, now: datetime, expiration: datetime) -> dict[str, Any]:
    """`expiration` is the venue's clock when the request ends."""
    wish = row.wish_minute
    status = row.status(now)
    return {
        "arrival_time": None if wish is None else times.clock_text(wish),
        "booked_by": seed.concierge_name,
        "cost_option": 0,
        "created": times.stamp(row.created),
        "date": row.day.isoformat(),
        "deleted": times.stamp(row.deleted),
        "email": row.guest.email,
        "end_time": times.clock_text(row.end_minute),
        "expiration": _short(expiration),
        "external_user_id": row.external_user_id,
        "first_name": row.guest.first_name,
        "id": row.id,
        "is_expired": status == "EXPIRED",
        "is_offer_pending": False,
        "last_name": row.guest.last_name,
        "max_guests": row.party_size,
        "mf_ratio_female": 0,
        "mf_ratio_male": 0,
        "min_price": None,
        "notes": row.notes,
        "phone_number": row.guest.phone,
        "reservation_id": row.reservation_id,
        "start_time": times.clock_text(row.start_minute),
        "status": status,
        "time_range": [row.starts_at.isoformat(), row.ends_at.isoformat()],
        "updated": times.stamp(row.updated),
        "user": user(seed),
        "venue_group_client_id": row.guest.client_id,
        "venue_id": row.venue.id,
    }


def _short(moment: datetime) -> str:
    """M/D/YY h:MM PM, without leading zeros."""
    clock = times.clock_text(moment.hour * 60 + moment.minute)
    return f"{moment.month}/{moment.day}/{moment:%y} {clock}"
