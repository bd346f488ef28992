"""Ids in the shape SevenRooms gives them: long, URL-safe base64, the same on every start."""

import base64
import hashlib

# The prefix that every key of the demo environment begins with (CONFIRMED-V).
_PREFIX = "ahhzfnNldmVucm9vbXMtc2VjdXJlLWRlbW9y"
_REFERENCE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# Where composed epoch texts begin; any past instant would do.
_EPOCH = 1_700_000_000


def entity_id(kind: str, name: str) -> str:
    """79 characters that stay the same for the same kind and name."""
    digest = hashlib.sha256(f"{kind}:{name}".encode()).digest()
    return _PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def reference_code(number: int) -> str:
    """Seven upper-case characters, different for every number."""
    # Multiplying by an odd number is a permutation of 0..2**35-1: no two numbers share a code.
    left = (number * 15_485_863_517 + 7_919) % (1 << 35)
    letters = []
    for _ in range(7):
        left, index = divmod(left, 32)
        letters.append(_REFERENCE_ALPHABET[index])
    return "".join(letters)


def shift_persistent_id(venue_id: str, category: str) -> str:
    """`<venue id>-<SHIFT CATEGORY>-<epoch float>` (CONFIRMED-V)."""
    return f"{venue_id}-{category}-{_epoch_text(f'{venue_id}{category}')}"


def access_persistent_id(venue_id: str, name: str) -> str:
    """`<venue id>-<epoch float>-<random float>` (CONFIRMED-V, from a sample)."""
    fraction = _number(f"{name}{venue_id}") % 10**9
    return f"{venue_id}-{_epoch_text(f'{venue_id}{name}')}-0.{fraction:09d}"


def _epoch_text(name: str) -> str:
    number = _number(name)
    return f"{_EPOCH + number % 10**7}.{number // 10**7 % 100:02d}"


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
