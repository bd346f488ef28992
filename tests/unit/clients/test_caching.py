import asyncio

import pytest

from clients import caching
from clients.errors import NotSent
from tests.cache_rig import AWAY, Source, made, settled
from tests.fake_clock import FakeClock


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


async def test_three_hundred_callers_of_a_cold_cache_cost_one_loading() -> None:
    clock, source = FakeClock(), Source()
    source.gate.clear()
    cache = made(clock)
    callers = [asyncio.create_task(cache.get("a", source.load)) for _ in range(300)]
    await settled()
    source.gate.set()
    assert {answer.value for answer in await asyncio.gather(*callers)} == {1}
    assert source.calls == 1


async def test_what_says_little_is_fresh_for_a_moment_only() -> None:
    clock, source = FakeClock(), Source()
    cache = caching.Cache[str, int](
        "numbers",
        ttl_seconds=60,
        stale_seconds=100,
        max_entries=10,
        now=lambda: clock.now().timestamp(),
        is_brief=lambda value: value == 1,
    )
    assert (await cache.get("a", source.load)).value == 1
    clock.advance(caching.BRIEF_SECONDS - 0.1)
    assert (await cache.get("a", source.load)).value == 1
    clock.advance(0.2)
    assert (await cache.get("a", source.load)).value == 2
    clock.advance(59)
    assert (await cache.get("a", source.load)).value == 2


async def test_a_renewal_loads_ahead_of_time_and_tells_of_its_failure() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    await cache.renew("a", source.load)
    await cache.renew("a", source.load)
    assert (await cache.get("a", source.load)).value == 2
    source.failing = AWAY
    with pytest.raises(NotSent):
        await cache.renew("a", source.load)
    source.failing = None
    assert (await cache.get("a", source.load)).value == 4


async def test_a_renewal_and_those_who_ask_meanwhile_share_one_loading() -> None:
    clock, source = FakeClock(), Source()
    source.gate.clear()
    cache = made(clock)
    both = [
        asyncio.create_task(cache.renew("a", source.load)),
        asyncio.create_task(cache.get("a", source.load)),
    ]
    await settled()
    source.gate.set()
    await asyncio.gather(*both)
    assert source.calls == 1
