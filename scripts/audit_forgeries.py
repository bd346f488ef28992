"""Tokens that nobody issued: a true one, changed in every way that others have been fooled by."""

import base64
import hashlib
import hmac
import itertools
import json
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
from audit_stage import Row, Stage
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from jose import jwk

_ASK = {"query": "{ me { id } }"}
_EVIL = "http://127.0.0.1:9/keys"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(data: Any) -> str:
    return _b64(json.dumps(data).encode())


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


class Forger:
    """Knows a true token and the issuer's public keys, and has a key of its own."""

    def __init__(self, token: str) -> None:
        self.head, self.body, self.signature = token.split(".")
        self.header, self.claims = _read(self.head), _read(self.body)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        text = f"{_part(header)}.{_part(claims)}"
        return f"{text}.{_b64(self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def own_jwk(self) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "kid": self.header["kid"],
            "n": _b64(numbers.n.to_bytes(256, "big")),
            "e": "AQAB",
        }

    def forged(self, keys: Iterable[bytes]) -> Iterator[str]:
        yield from self._unsigned()
        yield from self._by_another_key()
        yield from self._by_the_public_key(keys)
        yield from self._with_the_true_signature()
        yield from self._misshapen()

    def _unsigned(self) -> Iterator[str]:
        for name, end in itertools.product(
            ("none", "None", "NONE", "nOnE", ""), ("", "AA", self.signature)
        ):
            yield f"{_part({**self.header, 'alg': name})}.{self.body}.{end}"

    def _by_another_key(self) -> Iterator[str]:
        jwks = {"keys": [self.own_jwk()]}
        extras: list[dict[str, Any]] = [
            {},
            {"jwk": self.own_jwk()},
            {"jku": _EVIL},
            {"x5u": _EVIL},
            {"x5c": ["AAAA"]},
            {"jwks": jwks},
            {"crit": ["exp"]},
            {"kid": "other"},
            {"kid": None},
            {"kid": "../../dev/null"},
            {"kid": "' OR 1=1 --"},
            {"kid": ["a"]},
            {"alg": "RS512"},
            {"alg": "PS256"},
            {"alg": "ES256"},
            {"b64": False},
            {"zip": "DEF"},
            {"typ": "JWE"},
        ]
        for extra in extras:
            yield self.signed({**self.header, **extra}, self.claims)
            yield self.signed({**self.header, **extra}, {**self.claims, "exp": 4_102_444_800})

    def _by_the_public_key(self, keys: Iterable[bytes]) -> Iterator[str]:
        for key, name in itertools.product(keys, ("HS256", "HS384", "HS512", "RS256")):
            text = f"{_part({**self.header, 'alg': name})}.{self.body}"
            kind = hashlib.sha256 if name == "RS256" else name.replace("HS", "sha")
            yield f"{text}.{_b64(hmac.new(key, text.encode(), kind).digest())}"

    def _with_the_true_signature(self) -> Iterator[str]:
        changes: list[dict[str, Any]] = [
            {"sub": "somebody-else"},
            {"exp": 4_102_444_800},
            {"exp": "4102444800"},
            {"exp": None},
            {"token_use": "id"},
            {"client_id": "another"},
            {"iss": "https://evil.example"},
            {"username": "admin"},
        ]
        for change in changes:
            yield f"{self.head}.{_part({**self.claims, **change})}.{self.signature}"
        for header in ({"alg": "RS256"}, {**self.header, "typ": "at+jwt"}):
            yield f"{_part(header)}.{self.body}.{self.signature}"

    def _misshapen(self) -> Iterator[str]:
        head, body, signature = self.head, self.body, self.signature
        yield from (".", "..", "...", "a.b.c", head, f"{head}.{body}", f"{head}.{body}.")
        yield f"{head}.{body}.{signature[:-4]}"
        yield f"{head}.{body}.{signature}.{signature}"
        yield f"{head}.{body}.{'A' * len(signature)}"
        yield f"{head}.{body}.{signature[::-1]}"
        yield f"{body}.{head}.{signature}"
        yield f"{head}.{_b64(b'null')}.{signature}"
        yield f"{_b64(b'[]')}.{body}.{signature}"
        yield f"{head}.{body}.{signature}" + "A" * 9000


def _public_keys(stage: Stage, forger: Forger) -> list[bytes]:
    """Every spelling of the issuer's keys that somebody could take for a shared secret."""
    address = f"{stage.issuer}/.well-known/jwks.json"
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - the sandbox's own
        found = json.loads(answer.read())["keys"]
    spellings = []
    for entry in found:
        pem = jwk.construct(entry, "RS256").to_pem()
        public = serialization.load_pem_public_key(pem)
        der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        spellings += [pem, pem.strip(), der, json.dumps(entry).encode(), entry["n"].encode()]
    return [*spellings, b"", forger.header["kid"].encode()]


def forgeries(stage: Stage) -> Iterable[Row]:
    forger = Forger(stage.token)
    tokens = list(forger.forged(_public_keys(stage, forger)))
    with httpx.Client(timeout=30, trust_env=False) as http:

        def accepted(token: str) -> bool:
            headers = {"authorization": f"Bearer {token}"}
            answer = http.post(stage.production, json=_ASK, headers=headers)
            return not answer.is_success or answer.json()["data"] != {"me": None}

        taken = [token[:60] for token in tokens if accepted(token)]
        truth = accepted(stage.token)
    yield Row(
        name="Forged tokens accepted",
        figure=f"{len(taken)} of {len(tokens)}, the true one {'is' if truth else 'is not'}",
        wanted="0, the true one is",
        fine=not taken and truth,
        detail=" ".join(taken),
    )
