"""Bookings as an operator sees them: the whole story, and nobody's name in it."""

import argparse
import datetime as dt
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bff.booking.doubt import by_hand
from bff.booking.model import Booking, Guest
from bff.booking.reading import status_of
from bff.booking.saga import row_for
from bff.booking.standing import Standing, is_overdue
from bff.telemetry import cleaned, member_hash

# More than a backlog that anybody reads; the counts below the list are of these as well.
MOST = 10_000

WHICH_KEY = "under which key: python -m bff data-keys"

# Of the ids of rows that cannot be opened.
_NAMED = 10

_REFERENCES = (
    *("hold_id", "request_id", "reservation_id", "confirmation_code"),
    *("receipt_no", "redemption_id", "intent_id", "customer_id"),
)


def masked(guest: Guest) -> dict[str, str | None]:
    """Enough to recognise a guest who is on the telephone, and no more."""
    return {
        "name": f"{_first(guest.first_name)} {_first(guest.last_name)}",
        "email": _first(guest.email),
        "phone_number": _last(guest.phone_number),
        "customer_number": _last(guest.customer_number),
        "member_number": _last(guest.member_number),
        "notes": None if not guest.notes else f"{len(guest.notes)} characters",
    }


def brief(booking: Booking, now: dt.datetime) -> dict[str, Any]:
    """One booking in a list."""
    return {
        "id": booking.id,
        "status": status_of(booking),
        "point": booking.point,
        "in_doubt": booking.in_doubt,
        "overdue": is_overdue(booking, now),
        "member": member_hash(booking.member_id),
        "method": booking.method,
        "created_at": booking.created_at.isoformat(),
        "updated_at": booking.updated_at.isoformat(),
        "starts_at": booking.terms.starts_at.isoformat(),
        "last": said(booking.story[-1].what) if booking.story else None,
    }


def whole(booking: Booking, now: dt.datetime) -> dict[str, Any]:
    """All that is known of one booking: every step, every reference, personal data masked."""
    terms = booking.terms
    return {
        **brief(booking, now),
        "ending": booking.ending,
        "reason": booking.reason,
        "payment": {
            "status": booking.payment_status,
            "price": None if terms.price is None else asdict(terms.price),
            "points": terms.points,
        },
        "place": {
            "venue_id": terms.venue_id,
            "experience_id": terms.experience_id,
            "day": terms.day.isoformat(),
            "time": terms.time_text,
            "party_size": terms.party_size,
            "kind": terms.kind,
        },
        "guest": masked(booking.guest),
        "references": {name: getattr(booking, name) for name in _REFERENCES},
        "waits_for": _waits_for(booking),
        "attempts": booking.attempts,
        "cancel_asked": booking.cancel_asked,
        "due_at": _time(booking.due_at),
        "deadline_at": _time(booking.deadline_at),
        "announced_at": _time(booking.announced_at),
        "lease_until": _time(booking.lease_until),
        "question": _question(booking),
        "story": [
            {"at": line.at.isoformat(), "point": line.point, "what": said(line.what)}
            for line in booking.story
        ],
    }


def list_text(rows: Sequence[dict[str, Any]]) -> str:
    head = ("BOOKING", "STATUS", "POINT", "", "CHANGED", "MEMBER", "LAST")
    return table_text(head, [_line(row) for row in rows])


def table_text(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def count(text: str) -> int:
    """How many are to be shown, as it was typed. Errors: ArgumentTypeError."""
    if not text.isdecimal() or not 0 < int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST}")
    return int(text)


def whole_text(told: dict[str, Any]) -> str:
    plain = {key: value for key, value in told.items() if key not in {"story", "question", "last"}}
    lines = [f"{key:<14}{_plain(value)}" for key, value in plain.items()]
    lines += ["", *(f"{line['at']}  {line['point']:<17} {line['what']}" for line in told["story"])]
    question = told["question"]
    if question is not None:
        lines += ["", question["asks"], *(f"  {command}" for command in question["commands"])]
    return "\n".join(lines)


def standing_text(now: Standing) -> str:
    return (
        f"backlog {now.backlog} (oldest {now.oldest_seconds} s), "
        f"in doubt {now.in_doubt}, overdue {now.overdue}"
    )


def sealed_text(ids: Sequence[str]) -> str:
    """What the list does not show; nothing where it shows all."""
    if not ids:
        return ""
    rows = "1 row" if len(ids) == 1 else f"{len(ids)} rows"
    more = ", ..." if len(ids) > _NAMED else ""
    return f"\n{rows} cannot be opened ({WHICH_KEY}): {', '.join(ids[:_NAMED])}{more}"


def _question(booking: Booking) -> dict[str, Any] | None:
    asked = by_hand(booking)
    if asked is None:
        return None
    command = f"python -m bff bookings resolve {shlex.quote(booking.id)}"
    found = " --id ID" if asked.needs_id else ""
    return {
        "asks": asked.question,
        "commands": [f"{command} --done{found}", f"{command} --not-done"],
    }


def _waits_for(booking: Booking) -> str | None:
    if booking.in_doubt:
        return "a person"
    row = row_for(booking)
    return None if row is None else row.calls


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    flags = [name for name in ("in_doubt", "overdue") if row[name]]
    return (
        row["id"],
        row["status"],
        row["point"],
        ",".join(flags),
        row["updated_at"][:19],
        row["member"],
        row["last"] or "",
    )


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={part}" for key, part in value.items() if part is not None)
    return "-" if value is None else str(value)


def said(text: str) -> str:
    """An upstream's words may hold anything, a terminal's commands included."""
    return "".join(letter if letter.isprintable() else "?" for letter in cleaned(text))


def _first(text: str | None) -> str | None:
    return f"{text[0]}***" if text else None


def _last(text: str | None) -> str | None:
    return f"***{text[-2:]}" if text and len(text) > 4 else text and "***"  # noqa: PLR2004 - two of four would tell half


def _time(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat()
