"""What a booking's inputs may hold, checked before anything is asked or written."""

import re
import unicodedata

from bff.booking.outcomes import BadInput

_KEY = re.compile(r"[A-Za-z0-9_.:-]{16,64}")
# 2026-03-25, or 2026-03-25.dahlia since Stripe names its releases.
_STRIPE_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z]{1,32})?")
MAX_NOTES = 500
# Several times the longest slot id that we sign.
MAX_SLOT_ID = 4096


def bad_key(key: str) -> BadInput | None:
    if _KEY.fullmatch(key):
        return None
    allowed = "16 to 64 characters of A-Z a-z 0-9 _ - . :"
    return BadInput(field="idempotencyKey", message=f"Must be {allowed}.")


def bad_slot_id(slot_id: str) -> BadInput | None:
    if 0 < len(slot_id) <= MAX_SLOT_ID and slot_id.isascii():
        return None
    return BadInput(field="slotId", message="This is not a slot id of ours.")


def clean_notes(notes: str | None) -> str | None:
    """Every line ends with LF, so that one text is one booking whatever keyboard it came from."""
    return notes.replace("\r\n", "\n") if notes else None


def bad_notes(notes: str | None) -> BadInput | None:
    """`notes` as `clean_notes` left them."""
    if not notes:
        return None
    if len(notes) > MAX_NOTES:
        return BadInput(field="guestNotes", message=f"Must be {MAX_NOTES} characters at most.")
    # Control characters, halves of surrogate pairs: nothing that the venue's screen could show.
    if any(unicodedata.category(it) in {"Cc", "Cs"} for it in notes if it != "\n"):
        said = "Must hold no control characters but line breaks."
        return BadInput(field="guestNotes", message=said)
    return None


def bad_stripe_version(version: str | None) -> BadInput | None:
    if not version or _STRIPE_VERSION.fullmatch(version):
        return None
    return BadInput(field="stripeVersion", message="Must be an API version such as 2026-03-25.")


def first_bad(*found: BadInput | None) -> BadInput | None:
    return next((it for it in found if it is not None), None)
