"""The rules of every call: what is repeated, what is counted, and what is told."""

import asyncio
import logging

import pytest

from clients.breaker import MINIMUM_CALLS, State
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised, UpstreamError
from clients.guard import CircuitOpen, KeptBack, Work
from tests.guarded_upstream import (
    AWAY,
    BROKEN,
    NO,
    RESET,
    SLOW_DOWN,
    WHERE,
    Upstream,
    doing,
    failures,
    guard,
)


@pytest.mark.parametrize("failure", [RESET, BROKEN, AWAY, SLOW_DOWN])
async def test_a_read_that_fails_is_made_once_more(failure: UpstreamError) -> None:
    upstream = Upstream(failure)
    assert await guard().run(upstream.read()) == "done"
    assert upstream.asked == 2


@pytest.mark.parametrize("failure", [RESET, AWAY, SLOW_DOWN])
async def test_a_write_with_a_key_is_made_once_more(failure: UpstreamError) -> None:
    upstream = Upstream(failure)
    assert await guard().run(upstream.keyed()) == "done"
    assert upstream.asked == 2


async def test_a_keyed_write_is_not_repeated_after_an_answer_that_is_kept_under_its_key() -> None:
    upstream = Upstream(BROKEN)
    with pytest.raises(OutcomeUnknown):
        await guard().run(upstream.keyed())
    assert upstream.asked == 1


@pytest.mark.parametrize("failure", [RESET, BROKEN, AWAY, SLOW_DOWN])
async def test_a_write_without_a_key_is_made_once(failure: UpstreamError) -> None:
    upstream = Upstream(failure)
    with pytest.raises(UpstreamError) as caught:
        await guard().run(upstream.write())
    assert caught.value is failure
    assert upstream.asked == 1


async def test_a_refusal_is_not_repeated() -> None:
    upstream = Upstream(NO)
    with pytest.raises(Refused):
        await guard().run(upstream.read())
    assert upstream.asked == 1


async def test_an_upstream_that_wants_to_be_left_alone_for_long_is_left_alone() -> None:
    later = NotSent(*WHERE, "429", status=429, retry_after_seconds=30)
    upstream = Upstream(later)
    with pytest.raises(NotSent) as caught:
        await guard().run(upstream.read())
    assert caught.value.retry_after_seconds == 30
    assert upstream.asked == 1


async def test_an_unknown_write_stays_unknown_when_its_repetition_is_not_sent() -> None:
    for second in (AWAY, Unauthorised(*WHERE, "401", status=401), SLOW_DOWN):
        upstream = Upstream(RESET, second)
        with pytest.raises(OutcomeUnknown) as caught:
            await guard().run(upstream.keyed())
        assert caught.value is RESET
        assert upstream.asked == 2


async def test_a_write_stays_unknown_when_time_runs_out_before_its_repetition() -> None:
    by, released = guard(timeout_seconds=0.2, limit=1), asyncio.Event()
    upstream = Upstream(RESET)

    async def holds_the_only_slot() -> str:
        await released.wait()
        return "late"

    first = asyncio.create_task(by.run(upstream.keyed()))
    await asyncio.sleep(0)
    second = asyncio.create_task(by.run(doing(holds_the_only_slot)))
    with pytest.raises(OutcomeUnknown) as caught:
        await first
    released.set()
    await asyncio.gather(second, return_exceptions=True)
    assert caught.value is RESET or caught.value.detail == "time-out"


async def test_a_refused_repetition_settles_a_write_that_was_unknown() -> None:
    upstream = Upstream(RESET, NO)
    with pytest.raises(Refused):
        await guard().run(upstream.keyed())


async def test_no_repetition_is_begun_for_a_caller_who_has_left() -> None:
    by, begun, go_on = guard(), asyncio.Event(), asyncio.Event()
    asked = 0

    async def attempt() -> str:
        nonlocal asked
        asked += 1
        begun.set()
        await go_on.wait()
        raise RESET

    work = Work(operation="thing", attempt=attempt, writes=False, may_repeat=True)
    caller = asyncio.create_task(by.run(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await by.drain()
    assert asked == 1


@pytest.mark.parametrize("callers", [100, 300, 2000])
async def test_when_everything_fails_an_upstream_gets_at_most_a_tenth_more(callers: int) -> None:
    limited = NotSent(*WHERE, "429", status=429)  # no fault of the upstream: the breaker stays out
    upstream = Upstream(always=limited)
    by = guard()
    await failures(by, upstream, callers)
    assert by.breaker.state is State.CLOSED
    assert callers < upstream.asked <= 1.1 * callers + 1e-9


@pytest.mark.parametrize("failure", [RESET, BROKEN, AWAY])
async def test_an_upstream_that_fails_is_soon_asked_no_more(failure: UpstreamError) -> None:
    by, upstream = guard(), Upstream(always=failure)
    await failures(by, upstream, 300)
    assert upstream.asked < 300
    asked = upstream.asked
    with pytest.raises(CircuitOpen) as caught:
        await by.run(upstream.write())
    assert isinstance(caught.value, NotSent)
    assert caught.value.retry_after_seconds
    assert upstream.asked == asked


@pytest.mark.parametrize(
    "failure",
    [NO, SLOW_DOWN, OutcomeUnknown(*WHERE, "409", status=409), KeptBack(*WHERE, "full")],
)
async def test_what_the_upstream_is_not_to_blame_for_opens_nothing(failure: UpstreamError) -> None:
    by, upstream = guard(), Upstream(always=failure)
    for _ in range(3):
        await failures(by, upstream, MINIMUM_CALLS)
    assert by.breaker.state is State.CLOSED


async def test_an_answer_that_is_only_repeated_opens_nothing() -> None:
    stored = OutcomeUnknown(*WHERE, "stored 500", status=500)
    stored.is_replay = True
    by, upstream = guard(), Upstream(always=stored)
    for _ in range(3):
        await asyncio.gather(
            *(by.run(upstream.keyed()) for _ in range(MINIMUM_CALLS)), return_exceptions=True
        )
    assert by.breaker.state is State.CLOSED


async def test_answers_that_come_as_late_as_none_open_it() -> None:
    by = guard(timeout_seconds=0.2, limit=100)

    async def answers_late() -> str:
        await asyncio.sleep(0.17)
        return "done"

    await asyncio.gather(
        *(by.run(doing(answers_late)) for _ in range(MINIMUM_CALLS)), return_exceptions=True
    )
    assert by.breaker.state is State.OPEN


async def test_silence_opens_it() -> None:
    by = guard(timeout_seconds=0.1, limit=100)
    never = asyncio.Event()

    async def says_nothing() -> str:
        await never.wait()
        return "never"

    found = await asyncio.gather(
        *(by.run(doing(says_nothing)) for _ in range(MINIMUM_CALLS)), return_exceptions=True
    )
    assert {type(one) for one in found} == {OutcomeUnknown}
    assert by.breaker.state is State.OPEN


async def test_a_call_that_waited_here_too_long_does_not_count_against_the_upstream() -> None:
    by = guard(timeout_seconds=0.2, limit=1)

    async def takes_most_of_it() -> str:
        await asyncio.sleep(0.14)
        return "done"

    found = await asyncio.gather(
        by.run(doing(takes_most_of_it)), by.run(doing(takes_most_of_it)), return_exceptions=True
    )
    assert found[0] == "done"
    assert isinstance(found[1], OutcomeUnknown)
    assert not any(bad for _, bad in by.breaker._window)


async def test_those_who_queue_when_it_opens_are_turned_away_at_once() -> None:
    by, upstream = guard(limit=1), Upstream(always=BROKEN)
    found = await failures(by, upstream, 200)
    assert found.count("CircuitOpen") > 100


async def test_one_probe_closes_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    by, upstream = guard(), Upstream(always=BROKEN)
    await failures(by, upstream, 50)
    assert by.breaker.state is State.OPEN
    monkeypatch.setattr(by.breaker, "_probe_at", 0.0)
    upstream.always, upstream.asked = None, 0
    found = await asyncio.gather(
        *(by.run(upstream.write()) for _ in range(10)), return_exceptions=True
    )
    assert upstream.asked == 1
    assert found.count("done") == 1
    assert await by.run(upstream.write()) == "done"


async def test_a_failed_call_is_one_line_with_nothing_of_its_contents(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="upstream"), pytest.raises(OutcomeUnknown):
        await guard().run(Upstream(BROKEN).write())
    (line,) = caplog.records
    said = {name: getattr(line, name) for name in ("upstream", "operation", "kind", "status")}
    assert line.message == "upstream_call_failed"
    assert said == {
        "upstream": "up",
        "operation": "thing",
        "kind": "OutcomeUnknown",
        "status": 503,
    }


async def test_an_open_breaker_says_so_once_and_not_with_every_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    by, upstream = guard(), Upstream(always=BROKEN)
    await failures(by, upstream, 100)
    caplog.clear()
    await failures(by, upstream, 100)
    assert caplog.records == []
