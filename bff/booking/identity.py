"""Names of bookings, and the fingerprint of what was asked for."""

import hashlib
import json
import secrets
from dataclasses import fields

from bff.booking.model import Method, Terms
from bff.catalogue.slot_tokens import SignedSlot


def new_booking_id() -> str:
    """120 random bits: not to be guessed, and short enough for every upstream's reference field."""
    return f"bk{secrets.token_hex(15)}"


def terms_of(signed: SignedSlot) -> Terms:
    slot = signed.slot
    shared = {item.name for item in fields(Terms)} - {"points"}
    values = {name: getattr(slot, name) for name in shared}
    return Terms(**values, points=signed.points)


def fingerprint(method: Method, terms: Terms, notes: str | None) -> str:
    """The same for the same intention, whenever the slot id was signed."""
    parts = [method.value, notes, *(str(getattr(terms, item.name)) for item in fields(Terms))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
