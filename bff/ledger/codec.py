"""A booking as the ledger stores it: plain fields as JSON, personal ones sealed.

One codec for every ledger. Unknown fields of a newer version are ignored, missing ones take their
defaults, so that two versions may run side by side while one replaces the other.
"""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Protocol

from bff.booking.model import (
    Booking,
    Ending,
    Entry,
    Guest,
    Method,
    PaymentStatus,
    Point,
    Reason,
    Terms,
)
from bff.catalogue.model import SlotKind
from bff.members.model import MemberSession, Profile
from bff.money import Money


class Seal(Protocol):
    """Authenticated encryption; `context` must be the same for opening."""

    def seal(self, data: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes: ...


_INSTANTS = frozenset(
    {
        "created_at",
        "updated_at",
        "deadline_at",
        "due_at",
        "announced_at",
        "lease_until",
        "hold_until",
        "lost_hold_until",
        "starts_at",
    }
)
_ENUMS = {
    "method": Method,
    "point": Point,
    "ending": Ending,
    "reason": Reason,
    "payment_status": PaymentStatus,
    "kind": SlotKind,
}
# The secret of a PaymentIntent lets its holder pay, so it is sealed with the guest's data.
_SEALED = ("guest", "intent_secret")


_NOBODY = Guest(customer_number="", member_number=None, first_name="", last_name="", email="")


def booking_context(booking_id: str) -> str:
    return f"booking:{booking_id}"


def session_context(sub: str) -> str:
    return f"session:{sub}"


def booking_to_text(booking: Booking, seal: Seal) -> str:
    plain = {
        item.name: _plain(getattr(booking, item.name))
        for item in fields(Booking)
        if item.name not in _SEALED
    }
    secret = {name: _plain(getattr(booking, name)) for name in _SEALED}
    sealed = seal.seal(json.dumps(secret).encode(), booking_context(booking.id))
    return json.dumps({**plain, "sealed": base64.b64encode(sealed).decode()})


def booking_from_text(text: str, seal: Seal) -> Booking:
    row = json.loads(text)
    sealed = base64.b64decode(row["sealed"])
    secret = json.loads(seal.open(sealed, booking_context(row["id"])))
    row |= secret
    row["terms"] = _terms(row["terms"])
    row["guest"] = Guest(**_known(Guest, row["guest"]))
    row["story"] = tuple(Entry(**_typed(Entry, line)) for line in row.get("story", ()))
    return Booking(**_typed(Booking, row))


def outside_seal(text: str) -> Booking:
    """The booking without what is sealed: no key is needed, nobody's name is known."""
    row = json.loads(text)
    row |= {"terms": _terms(row["terms"]), "guest": _NOBODY, "story": ()}
    return Booking(**_typed(Booking, row))


def session_to_bytes(session: MemberSession, seal: Seal) -> bytes:
    row = {item.name: _plain(getattr(session, item.name)) for item in fields(MemberSession)}
    return seal.seal(json.dumps(row).encode(), session_context(session.sub))


def session_from_bytes(sealed: bytes, sub: str, seal: Seal) -> MemberSession:
    row = json.loads(seal.open(sealed, session_context(sub)))
    row["profile"] = Profile(**_known(Profile, row["profile"]))
    row["expires_at"] = dt.datetime.fromisoformat(row["expires_at"])
    return MemberSession(**_known(MemberSession, row))


def _terms(row: Mapping[str, Any]) -> Terms:
    values = _typed(Terms, row)
    values["day"] = dt.date.fromisoformat(values["day"])
    if values.get("price") is not None:
        values["price"] = Money(**values["price"])
    return Terms(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):  # a datetime is a date too
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return value


def _known(kind: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: value for name, value in row.items() if name in names}


def _typed(kind: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    values = _known(kind, row)
    for name, value in values.items():
        if value is None:
            continue
        if name in _INSTANTS or (name == "at" and kind is Entry):
            values[name] = dt.datetime.fromisoformat(value)
        elif name in _ENUMS:
            values[name] = _ENUMS[name](value)
    return values
