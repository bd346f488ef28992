import asyncio
from collections.abc import Mapping, Sequence

import pytest

from clients.caching import Cached
from clients.errors import NotSent
from tests.cache_rig import AWAY, Source, made, settled
from tests.fake_clock import FakeClock


async def test_many_keys_are_loaded_in_one_go_and_only_the_missing_ones() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    await cache.get_many(["bb"], source.load_many)
    found = await cache.get_many(["a", "bb", "ccc"], source.load_many)
    assert source.asked == [("bb",), ("a", "ccc")]
    assert {key: entry.value for key, entry in found.items()} == {"a": 1, "bb": 2, "ccc": 3}


async def test_keys_that_are_being_loaded_are_waited_for_not_asked_again() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.gate.clear()
    first = asyncio.create_task(cache.get_many(["a", "bb"], source.load_many))
    await settled()
    second = asyncio.create_task(cache.get_many(["bb", "ccc"], source.load_many))
    await settled()
    source.gate.set()
    assert set(await first) == {"a", "bb"}
    assert set(await second) == {"bb", "ccc"}
    assert source.asked == [("a", "bb"), ("ccc",)]


async def test_what_is_known_is_answered_while_the_rest_cannot_be_loaded() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    await cache.get_many(["a"], source.load_many)
    clock.advance(15)
    source.failing = AWAY
    found = await cache.get_many(["a", "bb"], source.load_many)
    assert {key: entry.is_stale for key, entry in found.items()} == {"a": True}
    with pytest.raises(NotSent):
        await cache.get_many(["ccc"], source.load_many)


async def test_a_key_that_does_not_exist_is_missing() -> None:
    async def nothing(_: Sequence[str]) -> Mapping[str, int]:
        return {}

    assert await made(FakeClock()).get_many(["a"], nothing) == {}


async def test_a_loading_begun_before_an_expiry_is_answered_but_not_kept() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.gate.clear()
    waiter = asyncio.create_task(cache.get("a", source.load))
    await settled()
    cache.expire("a")
    source.gate.set()
    assert (await waiter).value == 1
    assert (await cache.get("a", source.load)).value == 2


async def test_an_old_loading_that_lands_late_does_not_stand_in_for_the_new_one() -> None:
    clock, old, new = FakeClock(), Source(), Source()
    cache = made(clock)
    old.gate.clear()
    new.gate.clear()
    new.calls = 100
    first = asyncio.create_task(cache.get("a", old.load))
    await settled()
    cache.expire("a")
    second = asyncio.create_task(cache.get("a", new.load))
    await settled()
    old.gate.set()
    assert (await first).value == 1
    third = asyncio.create_task(cache.get("a", new.load))
    await settled()
    new.gate.set()
    assert (await second).value == 101
    assert (await third).value == 101


async def test_what_is_known_is_loaded_all_the_same_where_that_is_wished() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    await cache.get("a", source.load)
    assert await cache.load_many(["a"], source.load_many) == {"a": 1}
    assert source.asked == [("a",)]
    source.failing = AWAY
    with pytest.raises(NotSent):
        await cache.load_many(["a"], source.load_many)


async def test_a_loading_begun_before_a_wished_one_does_not_overwrite_it() -> None:
    clock, source, wished = FakeClock(), Source(), Source()
    cache = made(clock)
    source.gate.clear()
    source.calls = 100
    waiter = asyncio.create_task(cache.get("a", source.load))
    await settled()
    await cache.load_many(["a"], wished.load_many)
    source.gate.set()
    assert (await waiter).value == 101
    assert (await cache.get("a", source.load)).value == 1


async def test_a_wished_loading_begun_before_an_expiry_is_not_kept_either() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.gate.clear()
    waiter = asyncio.create_task(cache.load_many(["a"], source.load_many))
    await settled()
    cache.expire("a")
    source.gate.set()
    assert await waiter == {"a": 1}
    await cache.get_many(["a"], source.load_many)
    assert source.asked == [("a",), ("a",)]


async def test_closing_stops_what_is_loading() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.gate.clear()
    waiter = asyncio.create_task(cache.get("a", source.load))
    await settled()
    await cache.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiter


async def test_an_expired_value_is_shown_as_stale_only_while_there_is_no_other() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock, revalidate=50)
    await cache.get("a", source.load)
    cache.expire("a")
    source.failing = AWAY
    assert await cache.get("a", source.load) == Cached(1, clock.now().timestamp(), is_stale=True)
    source.failing = None
    assert await cache.get("a", source.load) == Cached(3, clock.now().timestamp())


async def test_whoever_asks_after_an_expiry_waits_for_the_new_value() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock, revalidate=50)
    await cache.get("a", source.load)
    cache.expire("a")
    source.gate.clear()
    waiter = asyncio.create_task(cache.get("a", source.load))
    await settled()
    assert not waiter.done()
    source.gate.set()
    assert (await waiter).value == 2
