"""SevenRooms is away for ten minutes: what is accepted meanwhile is finished soon afterwards."""

import asyncio

import pytest

from bff.worker import SWEEP_LIMIT
from tests.outage_rig import Outage, open_outage
from tests.unit.booking.stage import member
from tests.virtual_time import in_virtual_time

OUTAGE_SECONDS = 600
# Of one worker at one upstream: bookings begun at once, and with those that it goes on with.
AT_ONCE, AT_MOST = 8, 16
# Calls a second of one worker, at a tenth of a second each.
FLOOD = 160


async def accept_all_through(outage: Outage, parked: int) -> None:
    """Each guest is told that it is PENDING."""
    outage.rooms.state = "down"
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(parked):
        assert await outage.book() == "PENDING"
        next_at = began + OUTAGE_SECONDS * (number + 1) / parked
        await asyncio.sleep(max(0.0, next_at - loop.time()))
    assert await outage.finished() == []
    outage.rooms.state = "up"


def lateness(outage: Outage, done: list[str]) -> int:
    """How many places the latest comes behind its place in the order of acceptance.

    Those are left out whose turn it was just when the upstream came back.
    """
    scouts = set(done[:AT_ONCE])
    came = [one for one in outage.accepted if one not in scouts]
    return max(done.index(one) - AT_ONCE - place for place, one in enumerate(came))


@pytest.mark.parametrize(("workers", "parked"), [(1, 200), (3, 60)])
def test_all_are_confirmed_within_a_minute_the_oldest_first_and_without_a_flood(
    workers: int, parked: int
) -> None:
    async def story() -> None:
        async with open_outage(room=parked, workers=workers) as outage:
            await accept_all_through(outage, parked)
            await outage.until_confirmed(parked, within_seconds=60)
            done = [booking_id for booking_id, _ in await outage.finished()]
            assert lateness(outage, done) <= AT_MOST * workers
            assert outage.rooms.most_calls_in_a_second() <= FLOOD * workers
            assert len(outage.rooms.live) == len(outage.points.entries) == parked

    in_virtual_time(story())


def test_an_upstream_that_hangs_keeps_nobody_waiting_who_needs_another() -> None:
    async def story() -> None:
        async with open_outage(room=2 * SWEEP_LIMIT) as outage:
            for _ in range(10):
                assert await outage.book() == "CONFIRMED"
            outage.points.state = "down"
            for number, booking_id in enumerate(outage.accepted):
                await outage.stage.desk.cancel(member(f"sub-{number}"), booking_id)
            outage.rooms.state = "hangs"
            more = [outage.book() for _ in range(SWEEP_LIMIT + 50)]
            assert set(await asyncio.gather(*more)) == {"PENDING"}
            outage.points.state = "up"
            async with asyncio.timeout(30):
                while outage.points.amount < outage.points.start:  # noqa: ASYNC110 - the books tell nobody
                    await asyncio.sleep(1)

    in_virtual_time(story())


def test_what_is_accepted_while_it_hangs_is_confirmed_within_a_minute_too() -> None:
    async def story() -> None:
        async with open_outage(room=50) as outage:
            outage.rooms.state = "hangs"
            assert set(await asyncio.gather(*(outage.book() for _ in range(50)))) == {"PENDING"}
            await asyncio.sleep(120)
            outage.rooms.state = "up"
            await outage.until_confirmed(50, within_seconds=60)
            assert len(outage.rooms.live) == 50

    in_virtual_time(story())
