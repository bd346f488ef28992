"""What a member has just done, they see at once: booking, balance, and the place that is gone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.guests import raw
from tests.integration.test_journeys import CANCEL, CARD, POINTS, slots
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox

BALANCE = "{ me { points { balance } bookings { edges { node { id status } } } } }"


@pytest.fixture
async def app(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[App]:
    async with running_bff(sandbox, tmp_path) as running:
        await running.sign_in()
        yield running


async def the_last_place(app: App) -> dict[str, Any]:
    """A slot with room for one party; shown to the guest, so that it is kept."""
    slot = (await slots(app))[0]
    seating = {
        "venue_id": raw(slot["venue"]["id"]),
        "date": slot["startsAt"][:10],
        "time": slot["startsAt"][11:16],
        "remaining": 2,
    }
    await app.sandbox.post_aside("/sevenrooms/capacity", seating)
    return slot


async def shown(app: App, slot: dict[str, Any]) -> bool:
    """Whether its venue still offers that time."""
    found = await slots(app)
    return (slot["venue"], slot["startsAt"]) in [(it["venue"], it["startsAt"]) for it in found]


async def test_a_booking_by_points_shows_at_once_and_so_does_its_end(app: App) -> None:
    slot = await the_last_place(app)
    before = (await app.data(BALANCE))["me"]["points"]["balance"]
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    booking = (await app.data(POINTS, input=given))["bookWithPoints"]["booking"]

    me = (await app.data(BALANCE))["me"]
    assert me["points"]["balance"] == before - slot["price"]["points"]
    assert [edge["node"] for edge in me["bookings"]["edges"]] == [
        {"id": booking["id"], "status": "CONFIRMED"}
    ]
    assert not await shown(app, slot)

    await app.data(CANCEL, input={"bookingId": booking["id"]})
    me = (await app.data(BALANCE))["me"]
    assert me["points"]["balance"] == before
    assert [edge["node"]["status"] for edge in me["bookings"]["edges"]] == ["CANCELLED"]
    assert await shown(app, slot)


async def test_a_place_that_is_held_for_a_card_is_gone_at_once(app: App) -> None:
    slot = await the_last_place(app)
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(CARD, input=given))["bookWithCard"]
    assert answer["__typename"] == "CardActionRequired"
    assert not await shown(app, slot)
