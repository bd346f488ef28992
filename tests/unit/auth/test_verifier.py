import pytest

from bff.auth.keys import KeyRing, KeysAway
from bff.auth.refusals import BadSignature, Expired, TooLarge, UnknownKey
from bff.auth.signatures import public_key
from bff.auth.tokens import TokenPolicy, examine
from bff.auth.verifier import REMEMBERED_SECONDS, Verifier
from clients.errors import NotSent
from tests.token_forge import NOW, POLICY, FixedClock, claims, jwk, token


class CountingRing(KeyRing):
    """Counts how often a signature had to be checked."""

    def __init__(self, clock: FixedClock) -> None:
        async def keys() -> list[object]:
            return [jwk()]

        super().__init__(keys, clock)
        self.asked = 0

    async def key(self, kid: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
        self.asked += 1
        return await super().key(kid)


def verifier() -> tuple[Verifier, CountingRing, FixedClock]:
    clock = FixedClock()
    ring = CountingRing(clock)
    return Verifier(POLICY, ring, clock), ring, clock


async def test_the_same_token_is_checked_once_a_minute() -> None:
    verify, ring, clock = verifier()
    text = token()
    first = await verify.verify(text)
    clock.pass_by(REMEMBERED_SECONDS - 1)
    assert await verify.verify(text) == first
    assert ring.asked == 1
    clock.pass_by(2)
    await verify.verify(text)
    assert ring.asked == 2


async def test_a_remembered_token_ends_when_it_says() -> None:
    verify, ring, clock = verifier()
    seconds = int(NOW.timestamp())
    text = token(claims(exp=seconds + 10))
    await verify.verify(text)
    clock.pass_by(14)
    await verify.verify(text)
    clock.pass_by(1)
    with pytest.raises(Expired):
        await verify.verify(text)
    assert ring.asked == 1


async def test_a_refused_token_is_not_remembered_as_good() -> None:
    verify, ring, _ = verifier()
    text = token(signer="stranger")
    for _attempt in range(2):
        with pytest.raises(BadSignature):
            await verify.verify(text)
    assert ring.asked == 2


async def test_a_token_not_in_order_costs_no_look_for_a_key() -> None:
    verify, ring, _ = verifier()
    with pytest.raises(Expired):
        await verify.verify(token(claims(iat=1, exp=2)))
    with pytest.raises(TooLarge):
        await verify.verify("x" * 10_000)
    assert ring.asked == 0


async def test_without_keys_a_good_token_is_neither_taken_nor_refused() -> None:
    async def away() -> list[object]:
        raise NotSent("cognito", "keys")

    clock = FixedClock()
    with pytest.raises(KeysAway):
        await Verifier(POLICY, KeyRing(away, clock), clock).verify(token())


def test_a_key_of_another_id_proves_nothing() -> None:
    examined = examine(token(), POLICY, NOW)
    other = public_key(jwk() | {"kid": "other"})
    assert other
    with pytest.raises(UnknownKey):
        examined.proven_by(other)


def test_an_examined_token_shows_nobody_who_asks() -> None:
    shown = repr(examine(token(), POLICY, NOW))
    assert "member-00012345" not in shown
    assert token() not in shown


def test_a_check_is_skipped_only_by_writing_none() -> None:
    lax = TokenPolicy(
        issuer=None,
        client_ids=None,
        token_use=None,
        leeway_seconds=5,
        max_lifetime_seconds=None,
        max_bytes=8192,
    )
    odd = claims(iss="elsewhere", client_id="other", token_use="id", exp=4_000_000_000)
    assert examine(token(odd), lax, NOW).kid == "access-key"
    with pytest.raises(TypeError):
        TokenPolicy()  # type: ignore[call-arg]
