"""Many at once, at two servers and a worker over one ledger."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos import bare
from tests.chaos.audit import Audit, Books, read_books
from tests.chaos.copies import Copy, running
from tests.chaos.guests import (
    Guest,
    Slot,
    make_room,
    new_key,
    seed_guests,
    sign_all_in,
    slots_over_days,
)
from tests.sandbox_process import Sandbox

BUYERS = 200
# Two hundred at once want a moment of the one core that they share with the upstreams.
SETTINGS = {"BFF_BOOKING_BUDGET_SECONDS": "30", "BFF_UPSTREAM_TIMEOUT_SECONDS": "30"}


@pytest.fixture(params=[SETTINGS, SETTINGS | bare.SETTINGS], ids=["all calls", "none PROPOSED"])
def offered(request: pytest.FixtureRequest, sandbox: Sandbox) -> dict[str, str]:
    """The copies' settings, for upstreams that have the PROPOSED calls and for some without."""
    settings: dict[str, str] = request.param
    if settings != SETTINGS:
        bare.offer_nothing_proposed(sandbox)
    return settings


@asynccontextmanager
async def open_house(
    sandbox: Sandbox, folder: Path, offered: dict[str, str], guests: int
) -> AsyncIterator[list[Guest]]:
    copies = [
        Copy(command, sandbox, folder, settings=offered) for command in ("serve", "serve", "work")
    ]
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as http,
        running(*copies),
    ):
        urls = [copy.url for copy in copies if copy.command == "serve"]
        found = seed_guests(sandbox, urls, http, guests)
        yield found


async def one_slot(guest: Guest) -> Slot:
    return (await slots_over_days(guest, on_request=False, count=1))[0]


async def audited(sandbox: Sandbox, guests: list[Guest]) -> tuple[Audit, Books]:
    audit, books, known = Audit(), read_books(sandbox), set()
    for guest in guests:
        for booking in await guest.bookings():
            known.add(booking.id)
            audit.booking(booking, books)
    audit.whole(known, books)
    return audit, books


async def test_of_two_hundred_buyers_of_one_place_one_gets_it_and_the_others_pay_nothing(
    sandbox: Sandbox, tmp_path: Path, offered: dict[str, str]
) -> None:
    async with open_house(sandbox, tmp_path, offered, BUYERS) as guests:
        await sign_all_in(guests)
        slot = await one_slot(guests[0])
        make_room(sandbox, slot, parties=1)
        answers = await asyncio.gather(*(guest.by_points(slot, new_key()) for guest in guests))
        assert Counter(answer["__typename"] for answer in answers) == {
            "BookingAccepted": 1,
            "SlotUnavailable": BUYERS - 1,
        }
        audit, books = await audited(sandbox, guests)
        assert audit.problems == []
        assert audit.statuses == {"CONFIRMED": 1, "FAILED": BUYERS - 1}
        assert sum(map(len, books.redemptions.values())) == 1


async def test_fifty_calls_with_one_key_are_one_booking_and_fifty_equal_answers(
    sandbox: Sandbox, tmp_path: Path, offered: dict[str, str]
) -> None:
    async with open_house(sandbox, tmp_path, offered, 1) as (guest,):
        await guest.sign_in()
        slot, key = await one_slot(guest), new_key()
        answers: list[Any] = await asyncio.gather(*(guest.by_points(slot, key) for _ in range(50)))
        assert answers == [answers[0]] * 50
        assert answers[0]["booking"]["status"] == "CONFIRMED"
        audit, _ = await audited(sandbox, [guest])
        assert audit.problems == []
        assert audit.statuses == {"CONFIRMED": 1}


async def test_of_twenty_bookings_with_points_for_one_one_is_made(
    sandbox: Sandbox, tmp_path: Path, offered: dict[str, str]
) -> None:
    async with open_house(sandbox, tmp_path, offered, 1) as (guest,):
        await guest.sign_in()
        slot = await one_slot(guest)
        make_room(sandbox, slot, parties=20)
        sandbox.seed_members({"customer_number": guest.customer_number, "balance": slot.points})
        answers = await asyncio.gather(*(guest.by_points(slot, new_key()) for _ in range(20)))
        assert Counter(answer["__typename"] for answer in answers) == {
            "BookingAccepted": 1,
            "InsufficientPoints": 19,
        }
        audit, books = await audited(sandbox, [guest])
        assert audit.problems == []
        assert audit.statuses == {"CONFIRMED": 1, "FAILED": 19}
        assert sum(map(len, books.redemptions.values())) == 1
