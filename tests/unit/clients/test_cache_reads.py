"""A cache says of each answer how it came to it, and how old it is."""

import asyncio

from clients.watching import Read, overhearing
from tests.cache_rig import AWAY, Source, made, settled
from tests.fake_clock import FakeClock


async def test_each_way_to_an_answer_has_its_name() -> None:
    clock, source = FakeClock(), Source()
    cache = made(clock)
    told: list[Read] = []
    cache.stats.heard = told.append
    source.gate.clear()
    both = asyncio.gather(cache.get("a", source.load), cache.get("a", source.load))
    await settled()
    source.gate.set()
    await both
    clock.advance(4)
    await cache.get("a", source.load)
    clock.advance(40)
    source.failing = AWAY
    await cache.get("a", source.load)
    assert [(it.how, it.age_seconds) for it in told] == [
        ("loaded", 0),
        ("joined", 0),
        ("fresh", 4),
        ("stale", 44),
    ]


async def test_a_request_overhears_its_own_reads_and_no_others() -> None:
    cache, source = made(FakeClock()), Source()
    with overhearing() as one:
        await asyncio.create_task(cache.get("a", source.load))
    with overhearing() as other:
        await cache.get("a", source.load)
    await cache.get("a", source.load)
    assert [it.how for it in one.reads] == ["loaded"]
    assert [it.how for it in other.reads] == ["fresh"]
