"""Until when a request waits goes along with its tasks, and not with what others wait for too."""

import asyncio
import datetime as dt

from clients.caching import Cache
from clients.tokens import FetchedToken, TokenKeeper
from clients.until import reads_ending_within, seconds_left, unhurried, writes_ending_within
from tests.fake_clock import NOON


async def left() -> float | None:
    return seconds_left(writes=False)


async def test_tasks_that_are_begun_within_end_with_it() -> None:
    with reads_ending_within(10):
        task = asyncio.create_task(left())
    assert 0 < (await task or 0) <= 10
    assert await left() is None


async def test_reads_and_writes_have_their_own_ends() -> None:
    with reads_ending_within(10):
        assert seconds_left(writes=True) is None
        with writes_ending_within(20):
            assert (seconds_left(writes=True) or 0) > 10
            assert (await left() or 0) <= 10


async def test_a_task_may_be_begun_that_is_not_hurried() -> None:
    with reads_ending_within(10), writes_ending_within(10):
        assert await asyncio.create_task(left(), context=unhurried()) is None
        assert unhurried().run(seconds_left, writes=True) is not None


async def test_what_many_wait_for_does_not_end_with_the_first_of_them() -> None:
    cache: Cache[str, float | None] = Cache(
        "it", ttl_seconds=1, stale_seconds=1, max_entries=1, now=lambda: 0
    )
    with reads_ending_within(10):
        assert (await cache.get("it", left)).value is None


async def test_nor_does_the_fetch_of_a_token() -> None:
    found: list[float | None] = []

    async def fetch() -> FetchedToken:
        found.append(await left())
        return FetchedToken("token", NOON + dt.timedelta(hours=1))

    with reads_ending_within(10):
        await TokenKeeper(fetch, lambda: NOON).current()
    assert found == [None]
