"""Stripe's webhooks: is it Stripe's, and what does it tell. Pure.

Source: Stripe's "Verify webhook signatures manually" (CONFIRMED): `Stripe-Signature` is
`t=<unix seconds>,v1=<hex>[,v1=<hex>...]`, each v1 the HMAC-SHA256 of `<t>.<raw body>`.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from clients.parsing import decoded, record, text

# Stripe's own recommendation; also bounds how long a recorded event could be played again.
TOLERANCE_SECONDS = 300


class BadSignature(Exception):
    """Not signed by Stripe for us, or not recently."""


class BadEvent(Exception):
    """Signed, but no event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`booking_id` is None where the object the event tells of carries none of ours."""

    id: str
    type: str
    booking_id: str | None


def verify(body: bytes, header: str, secrets: Sequence[str], now: dt.datetime) -> None:
    """Return if one of `secrets` signed exactly these bytes within the tolerance.

    Errors: BadSignature.
    """
    stamp, signatures = _parts(header)
    signed = f"{stamp}.".encode() + body
    if not any(_signed_by(secret, signed, signatures) for secret in secrets):
        raise BadSignature("no signature fits")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature("signed too long ago, or not yet")


def event(body: bytes) -> Event:
    """What a verified body tells. Errors: BadEvent."""
    try:
        row = record(decoded(body))
    except ValueError as unreadable:
        raise BadEvent("no JSON") from unreadable
    event_id, kind = text(row, "id"), text(row, "type")
    if event_id is None or kind is None:
        raise BadEvent("no id or no type")
    told_of = record(record(row.get("data")).get("object"))
    booking_id = text(record(told_of.get("metadata")), "booking_id")
    return Event(id=event_id, type=kind, booking_id=booking_id)


def _parts(header: str) -> tuple[str, list[bytes]]:
    pairs = [item.strip().partition("=") for item in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode() for name, _, value in pairs if name == "v1"]
    # Twelve digits are enough for the next thirty thousand years.
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit()):
        raise BadSignature("no time stamp")
    if len(stamps[0]) > 12 or not signatures:  # noqa: PLR2004 - explained above
        raise BadSignature("no signature")
    return stamps[0], signatures


def _signed_by(secret: str, signed: bytes, signatures: Sequence[bytes]) -> bool:
    if not secret.strip():
        return False
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
    return any(hmac.compare_digest(expected, signature) for signature in signatures)
