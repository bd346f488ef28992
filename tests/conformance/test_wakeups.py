"""What every kind of wake-up must do; what a queue adds is in test_sqs_wakeups.py."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bff.booking.ports import Wakeups
from bff.wakeups.inprocess import InProcessWakeups
from bff.wakeups.sqs import open_queue
from tests.aws_stand_ins import new_queues, pointing_boto3_at

PATIENCE_SECONDS = 10


@pytest.fixture(params=["inprocess", "sqs"])
async def wakeups(request: pytest.FixtureRequest) -> AsyncIterator[Wakeups]:
    if request.param == "inprocess":
        yield InProcessWakeups()
    else:
        url = request.getfixturevalue("aws")
        with pointing_boto3_at(sqs=url):
            async with open_queue(new_queues(url).wakeups) as opened:
                yield opened


async def heard(wakeups: Wakeups, number: int) -> list[str]:
    """The next wake-ups, each handled before the next."""
    found: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(wakeups.listen()) as listening:  # type: ignore[type-var]
        async for booking_id in listening:
            found.append(booking_id)
            if len(found) == number:
                break
    return found


async def test_who_listens_is_told(wakeups: Wakeups) -> None:
    await wakeups.wake("bk1")
    assert await heard(wakeups, 1) == ["bk1"]


async def test_who_begins_to_listen_later_is_told_of_all(wakeups: Wakeups) -> None:
    await asyncio.gather(*(wakeups.wake(f"bk{number}") for number in range(25)))
    assert sorted(await heard(wakeups, 25)) == sorted(f"bk{number}" for number in range(25))


async def test_who_listens_already_is_told_at_once(wakeups: Wakeups) -> None:
    listening = asyncio.create_task(heard(wakeups, 1))
    await asyncio.sleep(0)
    await wakeups.wake("bk1")
    assert await listening == ["bk1"]


async def test_a_delayed_wake_up_comes_after_the_others(wakeups: Wakeups) -> None:
    await wakeups.wake("late", delay_seconds=0.7)
    await wakeups.wake("bk1")
    assert await heard(wakeups, 2) == ["bk1", "late"]
