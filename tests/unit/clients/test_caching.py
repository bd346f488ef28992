import asyncio
from collections.abc import Mapping, Sequence

import pytest

from clients import caching
from clients.caching import Cache
from clients.errors import NotSent
from tests.fake_clock import FakeClock

AWAY = NotSent("sevenrooms", "venues", "down")


class Source:
    """Answers 1, 2, 3, ... and counts; `gate` keeps answers back while it is closed."""

    def __init__(self) -> None:
        self.calls = 0
        self.failing: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[str, ...]] = []

    async def load(self) -> int:
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        if self.failing:
            raise self.failing
        return number

    async def load_many(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(tuple(keys))
        await self.load()
        return {key: len(key) for key in keys}


def made(clock: FakeClock, *, revalidate: float = 0, entries: int = 10) -> Cache[str, int]:
    return Cache(
        ttl_seconds=10,
        revalidate_seconds=revalidate,
        stale_seconds=100,
        max_entries=entries,
        now=lambda: clock.now().timestamp(),
    )


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_fresh_value_is_not_loaded_again() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    first = await cache.get("a", source.load)
    clock.advance(9.9)
    again = await cache.get("a", source.load)
    assert (first, source.calls) == (again, 1)
    assert not again.is_stale
    clock.advance(0.2)
    assert (await cache.get("a", source.load)).value == 2


async def test_as_of_is_when_loading_began() -> None:
    clock, source = FakeClock(), Source()
    source.gate.clear()
    began = clock.now().timestamp()
    waiter = asyncio.create_task(made(clock).get("a", source.load))
    await settled()
    clock.advance(3)
    source.gate.set()
    assert (await waiter).as_of == began


async def test_many_who_ask_at_once_cause_one_loading() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    answers = await asyncio.gather(*(cache.get("a", source.load) for _ in range(50)))
    assert source.calls == 1
    assert {answer.value for answer in answers} == {1}


async def test_a_waiter_who_leaves_stops_neither_the_loading_nor_the_others() -> None:
    clock, source = FakeClock(), Source()
    source.gate.clear()
    cache = made(clock)
    leaving = asyncio.create_task(cache.get("a", source.load))
    staying = asyncio.create_task(cache.get("a", source.load))
    await settled()
    leaving.cancel()
    await settled()
    source.gate.set()
    assert (await staying).value == 1
    assert leaving.cancelled()
    assert (await cache.get("a", source.load)).value == 1


async def test_a_loading_that_everyone_has_left_is_still_kept() -> None:
    clock, source = FakeClock(), Source()
    source.gate.clear()
    cache = made(clock)
    leaving = asyncio.create_task(cache.get("a", source.load))
    await settled()
    leaving.cancel()
    source.gate.set()
    await settled()
    assert (await cache.get("a", source.load)).value == 1
    assert source.calls == 1


async def test_within_the_grace_an_old_value_is_served_while_it_is_renewed() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock, revalidate=20)
    await cache.get("a", source.load)
    clock.advance(15)
    source.gate.clear()
    old = await cache.get("a", source.load)
    assert (old.value, old.is_stale) == (1, False)
    source.gate.set()
    await settled()
    assert (await cache.get("a", source.load)).value == 2
    assert source.calls == 2


async def test_past_the_grace_a_value_is_waited_for() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock, revalidate=20)
    await cache.get("a", source.load)
    clock.advance(31)
    assert (await cache.get("a", source.load)).value == 2


async def test_while_the_upstream_is_away_the_last_value_is_served_as_stale() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    first = await cache.get("a", source.load)
    clock.advance(60)
    source.failing = AWAY
    stale = await cache.get("a", source.load)
    assert (stale.value, stale.as_of, stale.is_stale) == (1, first.as_of, True)
    source.failing = None
    back = await cache.get("a", source.load)
    assert (back.value, back.is_stale) == (3, False)


async def test_a_stale_value_has_an_end() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    await cache.get("a", source.load)
    clock.advance(111)
    source.failing = AWAY
    with pytest.raises(NotSent):
        await cache.get("a", source.load)


async def test_a_failure_is_not_kept() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.failing = AWAY
    with pytest.raises(NotSent):
        await cache.get("a", source.load)
    source.failing = None
    assert (await cache.get("a", source.load)).value == 2


async def test_a_failure_of_our_own_is_not_hidden_behind_an_old_value() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    await cache.get("a", source.load)
    clock.advance(15)
    source.failing = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await cache.get("a", source.load)


async def test_after_a_failure_an_upstream_that_hangs_makes_nobody_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(caching, "PATIENCE_SECONDS", 0.01)
    clock, source = FakeClock(), Source()
    cache = made(clock)
    await cache.get("a", source.load)
    clock.advance(15)
    source.failing = AWAY
    await cache.get("a", source.load)
    source.failing = None
    source.gate.clear()
    hanging = await cache.get("a", source.load)
    assert (hanging.value, hanging.is_stale) == (1, True)
    source.gate.set()
    await settled()
    back = await cache.get("a", source.load)
    assert (back.value, back.is_stale) == (3, False)


async def test_the_least_recently_used_leave_first() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock, entries=2)
    await cache.get("a", source.load)
    await cache.get("b", source.load)
    await cache.get("a", source.load)
    await cache.get("c", source.load)
    assert (await cache.get("a", source.load)).value == 1
    assert (await cache.get("b", source.load)).value == 4


async def test_many_keys_are_loaded_in_one_go_and_only_the_missing_ones() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    cache.put("bb", 7)
    found = await cache.get_many(["a", "bb", "ccc"], source.load_many)
    assert source.asked == [("a", "ccc")]
    assert {key: entry.value for key, entry in found.items()} == {"a": 1, "bb": 7, "ccc": 3}


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


@pytest.mark.parametrize("way", ["drop", "drop_where"])
async def test_a_loading_begun_before_a_drop_is_answered_but_not_kept(way: str) -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.gate.clear()
    waiter = asyncio.create_task(cache.get("a", source.load))
    await settled()
    if way == "drop":
        cache.drop("a")
    else:
        cache.drop_where(lambda key: key == "a")
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
    cache.drop("a")
    second = asyncio.create_task(cache.get("a", new.load))
    await settled()
    old.gate.set()
    assert (await first).value == 1
    third = asyncio.create_task(cache.get("a", new.load))
    await settled()
    new.gate.set()
    assert (await second).value == 101
    assert (await third).value == 101


async def test_a_loading_begun_before_a_put_does_not_overwrite_it() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.gate.clear()
    waiter = asyncio.create_task(cache.get("a", source.load))
    await settled()
    cache.put("a", 99)
    source.gate.set()
    await waiter
    assert (await cache.get("a", source.load)).value == 99


async def test_closing_stops_what_is_loading() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    source.gate.clear()
    waiter = asyncio.create_task(cache.get("a", source.load))
    await settled()
    await cache.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiter
