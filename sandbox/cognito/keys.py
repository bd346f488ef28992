"""The pool's signing keys, and the tokens signed with them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_BITS = 2048
PUBLIC_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    private: rsa.RSAPrivateKey = field(repr=False)

    def public(self) -> dict[str, str]:
        """The key as the JWKS shows it."""
        numbers = self.private.public_key().public_numbers()
        return {
            "alg": "RS256",
            "e": _number(numbers.e),
            "kid": self.kid,
            "kty": "RSA",
            "n": _number(numbers.n),
            "use": "sig",
        }

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A compact JWS (RFC 7515) over `claims`."""
        head = _encoded(json.dumps({"kid": self.kid, "alg": "RS256"}).encode())
        body = _encoded(json.dumps(claims).encode())
        signature = self.private.sign(
            f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        return f"{head}.{body}.{_encoded(signature)}"


class KeyRing:
    """As in a real pool, id tokens and access tokens are signed with a key each."""

    def __init__(self) -> None:
        self._published: list[SigningKey] = []
        self.rotate()

    def rotate(self) -> list[str]:
        """Sign with new keys; the old ones stay published. Answers the new kids."""
        self.id_key, self.access_key = new_key(), new_key()
        self._published += [self.id_key, self.access_key]
        return [self.id_key.kid, self.access_key.kid]

    def retire(self) -> list[str]:
        """Publish only the keys in use. Answers the kids that are gone."""
        current = [self.id_key, self.access_key]
        gone = [key.kid for key in self._published if key not in current]
        self._published = current
        return gone

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.public() for key in self._published]}


def new_key() -> SigningKey:
    private = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
    thumbprint = hashes.Hash(hashes.SHA256())
    thumbprint.update(_number(private.public_key().public_numbers().n).encode())
    return SigningKey(base64.b64encode(thumbprint.finalize()).decode(), private)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8))
