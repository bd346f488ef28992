"""RS256 signatures. The only module that knows python-jose.

The library is given one ready-made key and one algorithm and decides nothing: handed a key set, it
would try every key in it whatever the token's `kid` says.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from jose import jwk, jws
from jose.backends.base import Key

ALGORITHM = "RS256"

MAX_KEY_ID_LENGTH = 256

# Smaller keys can be factored; larger ones only make verifying slow. Cognito's have 2048 bits.
_KEY_BITS = range(2048, 8192 + 1)
_MAX_EXPONENT_BITS = 64
_PRIVATE_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of the pool, ready to verify with."""

    kid: str
    _key: Key

    def has_signed(self, token: str) -> bool:
        """Whether this key has signed the token; any trouble on the way is a no."""
        try:
            jws.verify(token, self._key, algorithms=[ALGORITHM])
        except Exception:  # noqa: BLE001 - whatever goes wrong, the token is not proven
            return False
        return True


def public_key(entry: object) -> PublicKey | None:
    """A key set's entry made ready; None for one that we cannot or must not use."""
    try:
        return _made_ready(entry) if isinstance(entry, Mapping) else None
    except Exception:  # noqa: BLE001 - one broken entry must not cost us the others
        return None


def _made_ready(entry: Mapping[str, Any]) -> PublicKey | None:
    kid, modulus, exponent = entry.get("kid"), entry["n"], entry["e"]
    if not (is_key_id(kid) and _is_for_signatures(entry)):
        return None
    if not _is_sound(_number(modulus), _number(exponent)):
        return None
    members = {"kty": "RSA", "n": modulus, "e": exponent}
    return PublicKey(kid, jwk.construct(members, ALGORITHM))


def is_key_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= MAX_KEY_ID_LENGTH


def decoded(text: str) -> bytes:
    """Base64url without padding, its one canonical spelling only. Errors: ValueError.

    The standard library skips characters it does not know, so that one token would have many
    spellings.
    """
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("not canonical")
    return data


def _is_for_signatures(entry: Mapping[str, Any]) -> bool:
    return (
        entry.get("kty") == "RSA"
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", ALGORITHM) == ALGORITHM
        and not _PRIVATE_MEMBERS & entry.keys()
    )


def _is_sound(modulus: int, exponent: int) -> bool:
    """The sizes; the library itself refuses an exponent that is even or less than 3."""
    return (
        modulus.bit_length() in _KEY_BITS
        and modulus % 2 == 1
        and exponent.bit_length() <= _MAX_EXPONENT_BITS
    )


def _number(text: str) -> int:
    return int.from_bytes(decoded(text), "big")
