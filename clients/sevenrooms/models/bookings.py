"""Holds, requests and reservations. SevenRooms' own keys are text (CONFIRMED-V)."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Self

from clients.parsing import Record, day, flag, moment, text, whole, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """`hold_duration_sec` is how long the place is kept; 300 where nobody says (CONFIRMED-V)."""

    reservation_hold_id: str
    hold_duration_sec: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """`reservation_reference_code` comes from the venue-side family only."""

    reservation_id: str
    reservation_reference_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A wish that the venue has to approve; `reservation_id` is null until it has."""

    id: str
    status: str | None
    reservation_id: str | None
    external_user_id: str | None
    is_expired: bool
    is_deleted: bool

    @classmethod
    def parse(cls, row: Record) -> Self | None:
        # The venue-side list has not been seen; `request_id` is what the create call names it.
        request_id = words(row, "id") or words(row, "request_id")
        if request_id is None:
            return None
        return cls(
            id=request_id,
            status=text(row, "status"),
            reservation_id=words(row, "reservation_id"),
            external_user_id=text(row, "external_user_id"),
            is_expired=flag(row, "is_expired") or False,
            is_deleted=_is_deleted(row),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """`max_guests` is the party; `date` the business day; `statuses` the most exact word first."""

    id: str
    venue_id: str | None
    reference_code: str | None
    request_id: str | None
    external_id: str | None
    statuses: tuple[str, ...]
    is_deleted: bool
    date: dt.date | None
    real_datetime_of_slot: str | None
    time_slot_iso: str | None
    arrival_time: str | None
    max_guests: int | None
    first_name: str | None = field(repr=False)
    last_name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone_number: str | None = field(repr=False)
    created: dt.datetime | None
    updated: dt.datetime | None

    @classmethod
    def parse(cls, row: Record) -> Self | None:
        if (reservation_id := words(row, "id")) is None:
            return None
        statuses = (text(row, name) for name in ("status_code", "status", "status_simple"))
        return cls(
            id=reservation_id,
            venue_id=text(row, "venue_id"),
            reference_code=text(row, "reference_code"),
            request_id=text(row, "request_id"),
            external_id=text(row, "external_id"),
            statuses=tuple(word for word in statuses if word),
            is_deleted=_is_deleted(row),
            date=day(row, "date"),
            real_datetime_of_slot=text(row, "real_datetime_of_slot"),
            time_slot_iso=text(row, "time_slot_iso"),
            arrival_time=text(row, "arrival_time"),
            max_guests=whole(row, "max_guests"),
            first_name=text(row, "first_name"),
            last_name=text(row, "last_name"),
            email=text(row, "email"),
            phone_number=text(row, "phone_number"),
            # ISO without a zone, UTC: form CONFIRMED-V, zone CONFIRMED-L.
            created=moment(row, "created", dt.UTC),
            updated=moment(row, "updated", dt.UTC),
        )


def _is_deleted(row: Record) -> bool:
    """`deleted` is a truth value on reservations and an instant on requests."""
    said = flag(row, "deleted")
    return said if said is not None else text(row, "deleted") is not None
