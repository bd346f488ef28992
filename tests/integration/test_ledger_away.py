"""The table goes away while members book, for longer than a lease; then it is back."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.aws_stand_ins import distributed
from tests.bff_process import until
from tests.integration.test_journeys import POINTS, live_reservations, net_points, slots
from tests.lossy_proxy import Proxy, lossy_proxy
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox

STATUSES = "{ me { bookings { edges { node { id status } } } } }"
BOOKINGS = 12
OPENED = 'bff_upstream_circuit_changes_total{state="open",upstream="dynamodb"}'


async def book(app: App, key: str, slot: Mapping[str, Any]) -> str | None:
    """The id of the booking that was accepted; None where the ledger was away."""
    answer = await app.ask(POINTS, input={"idempotencyKey": key, "slotId": slot["id"]})
    if "errors" in answer:
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["LEDGER_UNAVAILABLE"]
        return None
    assert answer["data"]["bookWithPoints"]["__typename"] == "BookingAccepted", answer
    return str(answer["data"]["bookWithPoints"]["booking"]["id"])


async def the_table_is_away(app: App, proxy: Proxy) -> None:
    """Until its breaker has opened and the copy says that it is not ready."""
    proxy.is_away = True

    async def is_noticed() -> bool:
        page = (await app.http.get("/metrics")).text
        is_open = any(line.startswith(OPENED) for line in page.splitlines())
        return is_open and not (await app.http.get("/readyz")).is_success

    await until(is_noticed)


async def test_what_was_accepted_is_finished_once_when_the_table_is_back(
    sandbox: Sandbox, tmp_path: Path, dynamodb: str, aws: str
) -> None:
    sandbox.seed_members({"customer_number": "00010001", "balance": 10_000_000})
    settings = distributed(dynamodb, aws) | {"BFF_BOOKING_BUDGET_SECONDS": "2"}
    async with lossy_proxy(dynamodb) as proxy:
        settings["AWS_ENDPOINT_URL_DYNAMODB"] = proxy.url
        async with running_bff(sandbox, tmp_path, **settings) as app:
            await app.sign_in()
            wishes = {new_key(): slot for slot in (await slots(app))[:BOOKINGS]}
            assert len(wishes) == BOOKINGS
            # Each is in the middle of a call when the table goes.
            sandbox.fault("sevenrooms", "latency", milliseconds=[200, 1500])
            proxy.seen.clear()
            *early, late = wishes.items()
            asking = [asyncio.create_task(book(app, *wish)) for wish in early]
            await until(lambda: _have_moved_on(proxy))
            await the_table_is_away(app, proxy)
            accepted = {booking for booking in await asyncio.gather(*asking) if booking}
            assert accepted
            assert await book(app, *late) is None
            sandbox.clear_faults()
            proxy.is_away = False
            await until(lambda: _is_ready(app))
            # Who was told nothing, or does not know, asks again under the same key.
            again = {await book(app, *wish) for wish in wishes.items()}
            assert accepted <= again
            assert len(again - {None}) == BOOKINGS

            async def all_are_confirmed() -> bool:
                edges = (await app.data(STATUSES))["me"]["bookings"]["edges"]
                found = {edge["node"]["id"]: edge["node"]["status"] for edge in edges}
                assert found.keys() >= again
                return set(found.values()) == {"CONFIRMED"}

            await until(all_are_confirmed)
    assert len(live_reservations(sandbox)) == BOOKINGS
    assert net_points(sandbox) == sum(slot["price"]["points"] for slot in wishes.values())


async def _have_moved_on(proxy: Proxy) -> bool:
    """Some bookings; others are being written down."""
    return proxy.seen.count("PutItem") >= BOOKINGS // 4


async def _is_ready(app: App) -> bool:
    return (await app.http.get("/readyz")).is_success
