"""Sealing of what we keep of members: AES-256-GCM under a data key, bound to where it belongs."""

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_FORMAT = b"\x01"
_KEY_ID_BYTES = 8
# GCM's own size. Random nonces are safe for 2**32 seals under one key; rotate it long before.
_NONCE_BYTES = 12
_HEAD_BYTES = len(_FORMAT) + _KEY_ID_BYTES


class CannotOpen(Exception):
    """Sealed under a key we do not have, for another place, or damaged."""


class Vault:
    """Seals under the first key, opens under any: put a new key first to rotate.

    A sealed text is format, key id, nonce and ciphertext. `context` names the place it is kept in
    (table, column and row); sealed text moved elsewhere does not open.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a vault needs keys of {KEY_BYTES} bytes")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0])

    def seal(self, data: bytes, context: str) -> bytes:
        head = _FORMAT + self._first
        nonce = secrets.token_bytes(_NONCE_BYTES)
        bound = head + context.encode()
        return head + nonce + self._ciphers[self._first].encrypt(nonce, data, bound)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Errors: CannotOpen, whatever is wrong with it."""
        head, rest = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        cipher = self._ciphers.get(head[len(_FORMAT) :])
        if cipher is None or not head.startswith(_FORMAT):
            raise CannotOpen("unknown key or format")
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, ciphertext, head + context.encode())
        except (InvalidTag, ValueError):
            # The cause would say nothing more; without it there is no way to leak any of it.
            raise CannotOpen("wrong context or damaged") from None

    @property
    def names(self) -> Sequence[str]:
        """What the keys are called where they are told apart, in their order."""
        return [name.hex() for name in self._ciphers]

    def name_of(self, sealed: bytes) -> str:
        """The name of the key that sealed this, whether we have it or not."""
        return sealed[len(_FORMAT) : _HEAD_BYTES].hex()

    def is_current(self, sealed: bytes) -> bool:
        """Whether it is sealed under the first key; what is not is to be sealed again."""
        return sealed[:_HEAD_BYTES] == _FORMAT + self._first


def _key_id(key: bytes) -> bytes:
    """Tells keys apart and says nothing of them."""
    return hashlib.sha256(b"data key id" + key).digest()[:_KEY_ID_BYTES]
