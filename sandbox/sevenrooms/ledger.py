"""The books: what an invariant can be checked against, in plain JSON."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sandbox.sevenrooms import times
from sandbox.sevenrooms.pacing import Pacing
from sandbox.sevenrooms.rows import Guest, Hold, Request, Reservation


def books(
    now: datetime,
    reservations: Iterable[Reservation],
    holds: Iterable[Hold],
    requests: Iterable[Request],
    pacing: Pacing,
) -> dict[str, Any]:
    return {
        "now": now.isoformat(),
        "reservations": [_reservation(each) for each in reservations],
        "holds": [_hold(each, now) for each in holds],
        "requests": [_request(each, now) for each in requests],
        "seatings": _seatings(pacing, holds, reservations, now),
    }


def _reservation(row: Reservation) -> dict[str, Any]:
    return {
        "id": row.id,
        "reference_code": row.reference_code,
        "external_id": row.external_id,
        "external_user_id": row.external_user_id,
        "request_id": row.request_id,
        "hold_id": row.hold_id,
        "status_code": row.status_code,
        "venue_id": row.venue.id,
        "experience_id": row.slot.rule.experience_id if row.slot else None,
        "shift_persistent_id": row.slot.shift.id if row.slot else None,
        "access_persistent_id": row.slot.rule.persistent_id if row.slot else None,
        "date": row.day.isoformat(),
        "time": times.clock_text(row.minute),
        "starts_at": row.starts_at.isoformat(),
        "party_size": row.party_size,
        "guest": _guest(row.guest),
        "notes": row.notes,
        "payment": asdict(row.payment) if row.payment else None,
        "created": row.created.isoformat(),
        "updated": row.updated.isoformat(),
        "cancelled_at": row.cancelled_at.isoformat() if row.cancelled_at else None,
    }


def _hold(row: Hold, now: datetime) -> dict[str, Any]:
    over = row.status == "LIVE" and row.until <= now
    return {
        "id": row.id,
        "status": "EXPIRED" if over else row.status,
        "venue_id": row.slot.venue.id,
        "experience_id": row.slot.rule.experience_id,
        "shift_persistent_id": row.slot.shift.id,
        "access_persistent_id": row.slot.rule.persistent_id,
        "date": row.slot.day.isoformat(),
        "time": times.clock_text(row.slot.minute),
        "starts_at": row.slot.starts_at.isoformat(),
        "party_size": row.party_size,
        "created": row.created.isoformat(),
        "until": row.until.isoformat(),
    }


def _request(row: Request, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status(now),
        "external_user_id": row.external_user_id,
        "reservation_id": row.reservation_id,
        "venue_id": row.venue.id,
        "date": row.day.isoformat(),
        "time": times.clock_text(row.start_minute),
        "starts_at": row.starts_at.isoformat(),
        "party_size": row.party_size,
        "guest": _guest(row.guest),
        "notes": row.notes,
        "created": row.created.isoformat(),
        "updated": row.updated.isoformat(),
        "deleted": row.deleted.isoformat() if row.deleted else None,
    }


def _guest(guest: Guest) -> dict[str, Any]:
    return asdict(guest)


def _seatings(
    pacing: Pacing, holds: Iterable[Hold], reservations: Iterable[Reservation], now: datetime
) -> list[dict[str, Any]]:
    slots = {hold.slot.key: hold.slot for hold in holds}
    slots |= {row.slot.key: row.slot for row in reservations if row.slot is not None}
    return [
        {
            "venue_id": slot.venue.id,
            "shift_persistent_id": slot.shift.id,
            "date": slot.day.isoformat(),
            "time": times.clock_text(slot.minute),
            "covers": pacing.limit(slot.shift, key),
            "reserved": pacing.reserved.get(key, 0),
            "held": sum(hold.party_size for hold in pacing.live(key, now)),
        }
        for key, slot in slots.items()
    ]
