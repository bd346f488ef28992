import asyncio
import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from bff.auth.keys import MAX_AGE, MAX_KEYS, MIN_INTERVAL, KeyRing, KeysAway
from bff.auth.refusals import UnknownKey
from bff.auth.signatures import public_key
from clients.errors import NotSent, OutcomeUnknown
from tests.token_forge import FixedClock, b64, jwk, token

SHORT = MIN_INTERVAL.total_seconds()


class Pool:
    """Publishes keys, counts how often it is asked, is away on request."""

    def __init__(self, *kids: str) -> None:
        self.entries: Iterable[object] = [jwk(kid) for kid in kids]
        self.asked = 0
        self.away = False
        self.gate: asyncio.Event | None = None

    async def keys(self) -> Iterable[object]:
        self.asked += 1
        if self.gate:
            await self.gate.wait()
        if self.away:
            raise NotSent("cognito", "keys")
        return self.entries


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_known_key_costs_no_call() -> None:
    pool = Pool("a", "b")
    ring = KeyRing(pool.keys, FixedClock())
    for kid in ("a", "b", "a"):
        assert (await ring.key(kid)).kid == kid
    assert pool.asked == 1


async def test_a_hundred_first_callers_cost_one_call() -> None:
    pool = Pool("a")
    ring = KeyRing(pool.keys, FixedClock())
    found = await asyncio.gather(*(ring.key("a") for _ in range(100)))
    assert {key.kid for key in found} == {"a"}
    assert pool.asked == 1


async def test_a_thousand_invented_ids_cost_one_call_an_interval() -> None:
    pool, clock = Pool("a"), FixedClock()
    ring = KeyRing(pool.keys, clock)
    for n in range(1000):
        with pytest.raises(UnknownKey):
            await ring.key(f"invented-{n}")
        clock.pass_by(SHORT / 100)
    assert pool.asked == 10


async def test_invented_ids_lock_no_known_key_out() -> None:
    pool, clock = Pool("a"), FixedClock()
    ring = KeyRing(pool.keys, clock)
    await ring.key("a")
    pool.gate = asyncio.Event()
    clock.pass_by(SHORT)
    stranger = asyncio.create_task(ring.key("invented"))
    await settled()
    assert pool.asked == 2
    assert (await ring.key("a")).kid == "a"
    pool.gate.set()
    with pytest.raises(UnknownKey):
        await stranger


async def test_a_rotated_key_is_learned_though_strangers_keep_asking() -> None:
    pool, clock = Pool("a"), FixedClock()
    ring = KeyRing(pool.keys, clock)
    with pytest.raises(UnknownKey):
        await ring.key("invented")
    pool.entries = [jwk("a"), jwk("b")]
    for n in range(10):
        with pytest.raises(UnknownKey):
            await ring.key(f"invented-{n}")
        clock.pass_by(SHORT / 10)
    assert (await ring.key("b")).kid == "b"


async def test_an_outage_takes_no_known_key_away() -> None:
    pool, clock = Pool("a"), FixedClock()
    ring = KeyRing(pool.keys, clock)
    await ring.key("a")
    pool.away = True
    clock.pass_by(MAX_AGE.total_seconds() * 30)
    assert (await ring.key("a")).kid == "a"
    await ring.close()
    assert (await ring.key("a")).kid == "a"


async def test_in_an_outage_an_unknown_key_may_be_good_later() -> None:
    pool, clock = Pool("a"), FixedClock()
    pool.away = True
    ring = KeyRing(pool.keys, clock)
    for _ in range(2):
        with pytest.raises(KeysAway):
            await ring.key("a")
    assert pool.asked == 1
    pool.away = False
    clock.pass_by(SHORT)
    assert (await ring.key("a")).kid == "a"


async def test_an_unknown_key_after_a_failed_look_is_not_called_unknown() -> None:
    pool, clock = Pool("a"), FixedClock()
    ring = KeyRing(pool.keys, clock)
    await ring.key("a")
    pool.away = True
    clock.pass_by(SHORT)
    with pytest.raises(KeysAway):
        await ring.key("b")


async def test_a_withdrawn_key_is_forgotten_within_the_hour() -> None:
    pool, clock = Pool("a", "b"), FixedClock()
    ring = KeyRing(pool.keys, clock)
    await ring.key("a")
    pool.entries = [jwk("b")]
    clock.pass_by(MAX_AGE.total_seconds())
    await ring.key("b")  # the look that this starts is waited for by nobody
    await ring.close()
    with pytest.raises(UnknownKey):
        await ring.key("a")


async def test_an_empty_key_set_takes_no_key_away() -> None:
    pool, clock = Pool("a"), FixedClock()
    ring = KeyRing(pool.keys, clock)
    await ring.key("a")
    pool.entries = []
    clock.pass_by(SHORT)
    with pytest.raises(KeysAway):
        await ring.key("b")
    assert (await ring.key("a")).kid == "a"


async def test_a_caller_who_leaves_fails_no_other() -> None:
    pool = Pool("a")
    pool.gate = asyncio.Event()
    ring = KeyRing(pool.keys, FixedClock())
    leaver, stayer = (asyncio.create_task(ring.key("a")) for _ in range(2))
    await settled()
    leaver.cancel()
    await settled()
    pool.gate.set()
    assert (await stayer).kid == "a"
    assert leaver.cancelled()
    assert pool.asked == 1


async def test_a_slow_fetch_is_waited_for_and_not_repeated() -> None:
    pool, clock = Pool("a"), FixedClock()
    pool.gate = asyncio.Event()
    ring = KeyRing(pool.keys, clock)
    first = asyncio.create_task(ring.key("a"))
    await settled()
    clock.pass_by(SHORT * 2)
    second = asyncio.create_task(ring.key("a"))
    await settled()
    pool.gate.set()
    assert (await first) == (await second)
    assert pool.asked == 1


async def test_a_lost_answer_counts_as_an_outage() -> None:
    async def lost() -> Iterable[object]:
        raise OutcomeUnknown("cognito", "keys", "time-out")

    with pytest.raises(KeysAway):
        await KeyRing(lost, FixedClock()).key("a")


async def test_closing_a_ring_that_never_asked_waits_for_nothing() -> None:
    await KeyRing(Pool().keys, FixedClock()).close()


async def test_broken_entries_cost_us_no_other() -> None:
    pool = Pool()
    pool.entries = [None, 5, "key", [], {}, jwk("a", n="%%%"), jwk("a", e=None), jwk("a")]
    assert (await KeyRing(pool.keys, FixedClock()).key("a")).kid == "a"


async def test_the_first_of_two_entries_with_one_id_wins() -> None:
    pool = Pool()
    pool.entries = [jwk("a"), jwk("b") | {"kid": "a"}]
    ring = KeyRing(pool.keys, FixedClock())
    assert (await ring.key("a")).has_signed(token(signer="a"))


async def test_only_so_many_keys_are_kept() -> None:
    pool = Pool()
    one = jwk("a")
    pool.entries = [one | {"kid": f"key-{n}"} for n in range(MAX_KEYS + 5)]
    ring = KeyRing(pool.keys, FixedClock())
    await ring.key(f"key-{MAX_KEYS - 1}")
    with pytest.raises(UnknownKey):
        await ring.key(f"key-{MAX_KEYS}")


UNUSABLE: dict[str, dict[str, Any]] = {
    "an elliptic curve": {"kty": "EC"},
    "a shared secret": {"kty": "oct", "k": "AAAA"},
    "kty a list": {"kty": ["RSA"]},
    "for encryption": {"use": "enc"},
    "use a list": {"use": ["sig"]},
    "another algorithm": {"alg": "RS512"},
    "HMAC": {"alg": "HS256"},
    "a private exponent": {"d": "AAAA"},
    "private primes": {"p": "AAAA", "q": "AAAA"},
    "a secret beside": {"k": "AAAA"},
    "no id": {"kid": None},
    "an empty id": {"kid": ""},
    "id a number": {"kid": 1},
    "a huge id": {"kid": "k" * 257},
    "no modulus": {"n": None},
    "a number as modulus": {"n": 5},
    "modulus not base64": {"n": "###"},
    "padded modulus": {"n": jwk("a")["n"] + "="},
    "modulus zero": {"n": "AA"},
    "a short modulus": {"n": b64(b"\x81" + bytes(126) + b"\x01")},
    "an even modulus": {"n": b64(b"\x80" + bytes(255))},
    "a giant modulus": {"n": b64(b"\xff" * 1025)},
    "no exponent": {"e": None},
    "exponent one": {"e": "AQ"},
    "an even exponent": {"e": "AAAC"},
    "a giant exponent": {"e": b64(b"\xff" * 9)},
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_key_is_left_out(name: str) -> None:
    assert public_key(jwk(**UNUSABLE[name])) is None


@pytest.mark.parametrize("left_out", ["use", "alg"])
def test_what_a_key_set_may_leave_out_is_not_needed(left_out: str) -> None:
    assert public_key(jwk(**{left_out: None})) is not None


def test_the_interval_is_short_enough_to_wait_out() -> None:
    assert dt.timedelta(0) < MIN_INTERVAL <= dt.timedelta(seconds=5)
