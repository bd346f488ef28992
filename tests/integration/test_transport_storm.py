"""Under contention no pool slot is lost: afterwards every call succeeds."""

import asyncio
import itertools

import pytest

from clients.errors import UpstreamError
from clients.transport import Call, open_transport
from tests.scripted_peer import Exchange, answers, open_peer

CALLERS = 40
LIMIT = 10
READ = Call(operation="read", method="GET", path="/read")
WRITE = Call(operation="write", method="PUT", path="/write", json={"n": 1}, writes=True)


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
async def test_after_a_storm_of_calls_cut_short_ten_of_ten_succeed(call: Call) -> None:
    delays = itertools.cycle([0.05, 0.12, 0.2, 0.35, 0.5])

    async def answers_late(exchange: Exchange) -> None:
        await asyncio.sleep(next(delays))
        await exchange.answer(200, b'{"ok": true}')

    async with (
        open_peer(answers_late) as peer,
        open_transport("up", peer.url, timeout_seconds=0.3, limit=LIMIT) as transport,
    ):

        async def caller(number: int) -> str:
            try:
                async with asyncio.timeout(0.1 + 0.2 * number / CALLERS):
                    await transport.send(call)
            except (TimeoutError, UpstreamError) as failure:
                return type(failure).__name__
            return "answered"

        outcomes: set[str] = set()
        for _ in range(3):
            outcomes |= set(await asyncio.gather(*(caller(n) for n in range(CALLERS))))
        await transport.guard.drain()
        assert "TimeoutError" in outcomes  # calls were cut short

        peer.behave = answers(200, b'{"ok": true}')
        after = await asyncio.gather(*(transport.send(call) for _ in range(LIMIT)))
    assert [answer.json() for answer in after] == [{"ok": True}] * LIMIT


async def test_the_upstream_never_sees_more_calls_at_once_than_the_limit() -> None:
    now, most = 0, 0

    async def counts(exchange: Exchange) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        await exchange.answer(200)

    async with (
        open_peer(counts) as peer,
        open_transport("up", peer.url, timeout_seconds=5, limit=LIMIT) as transport,
    ):
        await asyncio.gather(*(transport.send(READ) for _ in range(CALLERS)))
    assert most == LIMIT
    assert len(peer.asked) == CALLERS
