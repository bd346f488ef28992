"""Forged and broken access tokens. Accepted: none. Each is refused by the check made for it."""

import pytest
from cryptography.hazmat.primitives import serialization
from jose import jwt

from bff.auth.keys import KeyRing
from bff.auth.refusals import TokenRefused
from bff.auth.verifier import Verifier
from tests.security.forged_tokens import FORGED, GOOD
from tests.token_forge import KID, POLICY, FixedClock, claims, jwk, private_key, token


def verifier() -> Verifier:
    async def keys() -> list[object]:
        return [jwk(), jwk("other-key")]

    clock = FixedClock()
    return Verifier(POLICY, KeyRing(keys, clock), clock)


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_is_refused_by_the_check_made_for_it(name: str) -> None:
    forge, why = FORGED[name]
    with pytest.raises(TokenRefused) as refused:
        await verifier().verify(forge())
    assert type(refused.value) is why


async def test_a_good_token_is_accepted() -> None:
    principal = await verifier().verify(token())
    assert principal.sub == "11111111-2222-4333-8444-555555555555"
    assert principal.username == "member-00012345"
    assert principal.client_id == "app-client"
    assert principal.token_expires_at.timestamp() == claims()["exp"]


@pytest.mark.parametrize("name", GOOD)
async def test_what_only_looks_odd_is_accepted(name: str) -> None:
    assert await verifier().verify(token(**GOOD[name]))


async def test_a_token_that_the_library_itself_has_signed_is_accepted() -> None:
    pem = private_key(KID).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signed = jwt.encode(claims(), pem.decode(), algorithm="RS256", headers={"kid": KID})
    assert await verifier().verify(signed)


@pytest.mark.parametrize("name", FORGED)
async def test_no_refusal_repeats_what_the_token_said(name: str) -> None:
    forge, why = FORGED[name]
    with pytest.raises(TokenRefused) as refused:
        await verifier().verify(forge())
    assert str(refused.value) == why.reason
    assert refused.value.__cause__ is None
