"""How long a call may take: no longer than whoever asked waits, or its step lasts."""

import asyncio

import pytest

from clients.errors import OutcomeUnknown
from clients.guard import KeptBack, Work
from clients.until import reads_ending_within, writes_ending_within
from tests.guarded_upstream import (
    Upstream,
    doing,
    guard,
)


async def test_a_read_takes_no_longer_than_whoever_asked_waits() -> None:
    never = asyncio.Event()

    async def says_nothing() -> str:
        await never.wait()
        return "never"

    work = Work(operation="thing", attempt=says_nothing, writes=False, may_repeat=True)
    with reads_ending_within(0.05), pytest.raises(OutcomeUnknown):
        await guard(timeout_seconds=3600).run(work)


async def test_a_read_that_nobody_waits_for_any_more_is_not_made() -> None:
    by, upstream = guard(), Upstream()
    with reads_ending_within(0), pytest.raises(KeptBack):
        await by.run(upstream.read())
    assert upstream.asked == 0


async def test_a_write_is_not_hurried() -> None:
    with reads_ending_within(0):
        assert await guard().run(Upstream().keyed()) == "done"


async def test_a_write_that_is_begun_too_late_is_not_sent() -> None:
    upstream = Upstream()
    with writes_ending_within(0), pytest.raises(KeptBack, match="too late"):
        await guard().run(upstream.write())
    assert upstream.asked == 0


async def test_a_write_is_not_waited_for_past_the_end_of_what_it_is_part_of() -> None:
    with writes_ending_within(0.01), pytest.raises(OutcomeUnknown, match="time-out"):
        await guard().run(doing(asyncio.Event().wait))  # type: ignore[arg-type]  # never comes back


async def test_reads_and_what_comes_afterwards_have_all_their_time() -> None:
    upstream = Upstream()
    with writes_ending_within(0):
        assert await guard().run(upstream.read()) == "done"
    assert await guard().run(upstream.write()) == "done"
