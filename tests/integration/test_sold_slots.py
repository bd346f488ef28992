"""What a member has just taken or given back at one copy, another copy shows them at once."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bff.catalogue import place_news
from bff.gateways import catalogue
from bff.wiring import house
from tests.aws_stand_ins import distributed
from tests.bff_process import bff_process, until
from tests.integration.test_journeys import CANCEL, CARD, POINTS, live_reservations
from tests.integration.test_own_writes import shown, the_last_place
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox

STATUS = "query($id: ID!) { booking(id: $id) { status } }"


@pytest.fixture(autouse=True)
def _patiently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked anew because it has grown old, or goes unheard on a busy machine."""
    monkeypatch.setattr(catalogue, "DAY_TTL_SECONDS", 120)
    monkeypatch.setattr(house, "DAY_TTL_SECONDS", 120)
    monkeypatch.setattr(place_news, "LONGEST_SECONDS", 10)


@pytest.fixture(params=["sqlite", "dynamodb"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return {}
    return distributed(*(request.getfixturevalue(name) for name in ("dynamodb", "aws")))


@pytest.fixture
async def copies(
    sandbox: Sandbox, tmp_path: Path, settings: dict[str, str]
) -> AsyncIterator[tuple[App, App]]:
    """Two that answer, over one ledger, and finish nothing; the same member asks both."""
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(running_bff(sandbox, tmp_path, works=False, **settings))
            for _ in range(2)
        ]
        await one.sign_in()
        other.token = one.token
        yield one, other


async def a_last_place_that_both_show(one: App, other: App) -> dict[str, Any]:
    slot = await the_last_place(one)
    assert await shown(one, slot)
    assert await shown(other, slot)
    return slot


async def book(app: App, slot: dict[str, Any]) -> dict[str, Any]:
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(POINTS, input=given))["bookWithPoints"]
    assert answer["__typename"] == "BookingAccepted", answer
    return answer["booking"]  # type: ignore[no-any-return]


async def test_a_place_that_is_booked_or_given_back_at_one_copy_shows_at_the_other(
    copies: tuple[App, App],
) -> None:
    one, other = copies
    slot = await a_last_place_that_both_show(one, other)
    booking = await book(one, slot)
    assert booking["status"] == "CONFIRMED"
    assert not await shown(other, slot)
    assert not await shown(one, slot)

    await other.data(CANCEL, input={"bookingId": booking["id"]})
    assert await shown(one, slot)
    assert await shown(other, slot)


async def test_a_place_that_is_held_for_a_card_is_gone_at_the_other_copy(
    copies: tuple[App, App],
) -> None:
    one, other = copies
    slot = await a_last_place_that_both_show(one, other)
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await one.data(CARD, input=given))["bookWithCard"]
    assert answer["__typename"] == "CardActionRequired"
    assert not await shown(other, slot)


async def test_whoever_is_not_signed_in_is_shown_what_the_copy_knows(
    copies: tuple[App, App],
) -> None:
    one, other = copies
    slot = await a_last_place_that_both_show(one, other)
    token, other.token = other.token, None
    await book(one, slot)
    assert await shown(other, slot)
    other.token = token
    assert not await shown(other, slot)


async def test_a_booking_that_a_worker_finishes_elsewhere_takes_its_place_from_what_is_shown(
    copies: tuple[App, App], tmp_path: Path, settings: dict[str, str]
) -> None:
    one, other = copies
    slot = await a_last_place_that_both_show(one, other)
    one.sandbox.fault("sevenrooms", "down")
    booking = await book(one, slot)
    assert booking["status"] == "PENDING"
    one.sandbox.clear_faults()

    async def is_confirmed() -> bool:
        found = (await one.data(STATUS, id=booking["id"]))["booking"]
        return bool(found["status"] == "CONFIRMED")

    async def is_gone() -> bool:
        return not await shown(other, slot)

    async with bff_process(one.sandbox, tmp_path, command="work", **settings):
        await until(is_confirmed)
    # The worker is as impatient as in earnest: on a busy machine its news may come a little late.
    await until(is_gone)
    assert len(live_reservations(one.sandbox)) == 1


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_ledger_that_takes_no_news_books_all_the_same(
    copies: tuple[App, App], tmp_path: Path
) -> None:
    one, other = copies
    slot = await a_last_place_that_both_show(one, other)
    await asyncio.to_thread(_lose_the_news, tmp_path / "ledger.db")
    assert (await book(one, slot))["status"] == "CONFIRMED"
    assert not await shown(one, slot)
    # As it was before copies told each other anything.
    assert await shown(other, slot)
    assert len(live_reservations(one.sandbox)) == 1


def _lose_the_news(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE places_moved")
