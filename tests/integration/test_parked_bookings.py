"""Bookings that wait for an upstream behind an open breaker: none fails of it, none hammers."""

import asyncio
from pathlib import Path
from typing import Any

from tests.bff_process import until
from tests.integration.test_journeys import POINTS, live_reservations, slots
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox

# Nothing of the CRM's: its breaker is open for a moment yet.
STATUSES = "{ me { bookings { edges { node { id status } } } } }"
PARKED = 15
WATCHED_SECONDS = 5


async def book(app: App, slot: dict[str, Any]) -> str:
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(POINTS, input=given))["bookWithPoints"]
    assert answer["booking"]["status"] == "PENDING", answer
    return str(answer["booking"]["id"])


async def test_parked_bookings_outlive_an_open_breaker_and_are_paid_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed_members({"customer_number": "00010001", "balance": 10_000_000})
    async with running_bff(sandbox, tmp_path, BFF_BOOKING_BUDGET_SECONDS="2") as app:
        await app.sign_in()
        free = (await slots(app))[:PARKED]
        assert len(free) == PARKED
        sandbox.fault("memberson", "error", status=503)
        # All at once, so that the breaker sees what it needs to see.
        parked = set(await asyncio.gather(*(book(app, slot) for slot in free)))
        sandbox.forget_calls()
        await asyncio.sleep(WATCHED_SECONDS)
        # A probe a second and their questions, not fifteen bookings' tries.
        assert len(sandbox.calls("memberson")) <= 3 * WATCHED_SECONDS
        sandbox.clear_faults()

        async def are_confirmed() -> bool:
            edges = (await app.data(STATUSES))["me"]["bookings"]["edges"]
            found = {edge["node"]["id"]: edge["node"]["status"] for edge in edges}
            assert set(found.values()) <= {"PENDING", "CONFIRMED"}
            return {found[booking] for booking in parked} == {"CONFIRMED"}

        await until(are_confirmed)
    taken = [row for row in sandbox.books("memberson")["ledger"] if row["type"] == "REDEEM"]
    assert len(taken) == len(live_reservations(sandbox)) == PARKED
