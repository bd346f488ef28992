"""Signatures that only a verifier who looks too kindly takes. Accepted: none."""

import hashlib
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bff.auth.signatures import PublicKey, public_key
from tests.security.forged_signatures import forged_by_a_cube_root, forged_signatures
from tests.token_forge import KID, b64, jwk, private_key, token

TRUE = token()
TEXT = TRUE.rpartition(".")[0]


@pytest.fixture(scope="module")
def forged() -> dict[str, bytes]:
    return dict(forged_signatures(private_key(KID), TEXT.encode()))


def has_signed(key: PublicKey | None, signature: bytes) -> bool:
    assert key is not None
    return key.has_signed(f"{TEXT}.{b64(signature)}")


def test_no_forged_signature_is_taken(forged: dict[str, bytes]) -> None:
    key = public_key(jwk())
    assert [name for name, signature in forged.items() if has_signed(key, signature)] == []
    assert key is not None
    assert key.has_signed(TRUE)


def test_no_two_forged_signatures_are_one(forged: dict[str, bytes]) -> None:
    assert len(forged) == len(set(forged.values())) >= 240


def test_a_cube_is_no_signature() -> None:
    numbers = rsa.generate_private_key(3, 2048).public_key().public_numbers()
    key = public_key(jwk(n=b64(numbers.n.to_bytes(256, "big")), e="Aw"))
    assert not has_signed(key, forged_by_a_cube_root(TEXT.encode()))


def kindly_taken(forged: dict[str, bytes]) -> Iterator[str]:
    """What a verifier takes that looks for padding and digest wherever they are."""
    digest = hashlib.sha256(TEXT.encode()).digest()
    numbers = private_key(KID).public_key().public_numbers()
    for name, signature in forged.items():
        number = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n)
        opened = number.to_bytes(256, "big")
        if opened.startswith(b"\x00\x01") and digest in opened:
            yield name


def test_a_verifier_that_reads_instead_of_comparing_would_take_most(
    forged: dict[str, bytes],
) -> None:
    assert len(list(kindly_taken(forged))) > 100
