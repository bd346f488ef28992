"""Relay's global ids: the type's name and our own id in base64, opaque to the app."""

import base64
import binascii
from typing import Literal, cast, get_args

import strawberry

Kind = Literal["Member", "Experience", "Venue", "Booking"]

_KINDS = frozenset(get_args(Kind))
# Our longest raw id is a SevenRooms reservation's; anything near this is not ours.
_MAX_LENGTH = 512


def global_id(kind: Kind, raw: str) -> strawberry.ID:
    return strawberry.ID(base64.b64encode(f"{kind}:{raw}".encode()).decode())


def read_global_id(value: str) -> tuple[Kind, str] | None:
    """The type and our own id; None for anything that is not a global id of ours."""
    if len(value) > _MAX_LENGTH:
        return None
    try:
        kind, _, raw = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    if kind not in _KINDS or not raw or not raw.isprintable():
        return None
    return cast("Kind", kind), raw


def raw_id(value: str, kind: Kind) -> str | None:
    """Our own id, if `value` is a global id of this type."""
    found = read_global_id(value)
    return found[1] if found is not None and found[0] == kind else None
