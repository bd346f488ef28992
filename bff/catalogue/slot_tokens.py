"""Slot ids: opaque to the app, signed by us, and over after a while.

A slot id carries what is sold, so that nothing has to be remembered between looking and booking,
and no guest can book another time, party or price than was shown. What is only shown (`remaining`,
`cancellation_policy`) stays out of it: a calendar lists thousands of ids.

Form: version, payload in URL-safe base64, and the first half of its HMAC-SHA256 (128 bits).
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from bff.catalogue.model import Slot, SlotKind
from bff.money import Money

_VERSION = "1"
_MAC_BYTES = 16
_MAC_CHARS = 22
# Several times the longest id that SevenRooms' keys of 60 to 90 characters give.
_MAX_CHARS = 4096

_KINDS = {SlotKind.INSTANT: 0, SlotKind.ON_REQUEST: 1}
_KINDS_READ = {number: kind for kind, number in _KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedSlot:
    """`points` is the price in points when the slot was shown; None when points are not taken."""

    slot: Slot
    points: int | None
    expires_at: dt.datetime


class BadSlotId(Exception):
    """Not a slot id of ours, or one that somebody has changed."""


class SlotIdExpired(Exception):
    """The slot id was ours; `signed` is what it said, so that alternatives can be offered."""

    def __init__(self, signed: SignedSlot) -> None:
        super().__init__("slot id expired")
        self.signed = signed


class SlotTokens:
    """The first key signs, all of them verify, so that keys can be rotated.

    Ids end on full minutes: the same slot has the same id for a minute, which caches like.
    """

    def __init__(self, keys: tuple[bytes, ...], ttl_seconds: int) -> None:
        if not keys:
            raise ValueError("a key is needed")
        self._keys = keys
        self._ttl = ttl_seconds

    def sign(self, slot: Slot, points: int | None, now: dt.datetime) -> str:
        """Good for `ttl_seconds` at least, and less than a minute more."""
        minute = -(-(int(now.timestamp()) + self._ttl) // 60)
        row = json.dumps(
            _row(slot, points, minute), ensure_ascii=False, separators=(",", ":")
        ).encode()
        text = _VERSION + _b64(row)
        return text + _mac(self._keys[0], text)

    def read(self, token: str, now: dt.datetime) -> SignedSlot:
        """Errors: BadSlotId, SlotIdExpired."""
        signed = _signed(self._verified(token))
        if now >= signed.expires_at:
            raise SlotIdExpired(signed)
        return signed

    def _verified(self, token: str) -> str:
        """The payload's text. The signature is compared as text: base64 spells some bytes twice."""
        text, mac = token[:-_MAC_CHARS], token[-_MAC_CHARS:].encode(errors="replace")
        if len(token) > _MAX_CHARS or not token.isascii() or not text.startswith(_VERSION):
            raise BadSlotId
        if not any(hmac.compare_digest(_mac(key, text).encode(), mac) for key in self._keys):
            raise BadSlotId
        return text[len(_VERSION) :]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _mac(key: bytes, text: str) -> str:
    return _b64(hmac.digest(key, text.encode("ascii"), hashlib.sha256)[:_MAC_BYTES])


def _row(slot: Slot, points: int | None, minute: int) -> list[Any]:
    return [
        slot.venue_id,
        slot.experience_id,
        slot.day.toordinal(),
        slot.time_text,
        int(slot.starts_at.timestamp()),
        int((slot.starts_at.utcoffset() or dt.timedelta()).total_seconds()),
        slot.party_size,
        _KINDS[slot.kind],
        _shortened(slot.shift_persistent_id, slot.venue_id),
        _shortened(slot.access_persistent_id, slot.venue_id),
        slot.duration_minutes,
        slot.price and slot.price.amount,
        slot.price and slot.price.currency,
        points,
        minute,
    ]


def _shortened(value: str | None, venue_id: str) -> str | None:
    """SevenRooms' ids of shifts and accesses begin with the venue's 60 to 90 characters."""
    if value is None:
        return None
    return "+" + value[len(venue_id) :] if value.startswith(venue_id) else "=" + value


def _restored(value: str | None, venue_id: str) -> str | None:
    if value is None:
        return None
    return venue_id + value[1:] if value.startswith("+") else value[1:]


def _signed(text: str) -> SignedSlot:
    try:
        row = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return _from_row(row)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError) as unreadable:
        # It bears our signature: an older copy of this code wrote it.
        raise BadSlotId from unreadable


def _from_row(row: list[Any]) -> SignedSlot:
    venue_id, experience_id, day, time_text, at, offset, party_size, kind = row[:8]
    shift, access, duration, amount, currency, points, minute = row[8:]
    zone = dt.timezone(dt.timedelta(seconds=offset))
    slot = Slot(
        venue_id=venue_id,
        experience_id=experience_id,
        day=dt.date.fromordinal(day),
        time_text=time_text,
        starts_at=dt.datetime.fromtimestamp(at, zone),
        party_size=party_size,
        kind=_KINDS_READ[kind],
        shift_persistent_id=_restored(shift, venue_id),
        access_persistent_id=_restored(access, venue_id),
        duration_minutes=duration,
        price=None if amount is None else Money(amount, currency),
    )
    return SignedSlot(
        slot=slot, points=points, expires_at=dt.datetime.fromtimestamp(minute * 60, dt.UTC)
    )
