"""From the start to an orderly end, with real processes and real signals."""

import asyncio
import contextlib
import signal
import sqlite3
from pathlib import Path
from typing import Any

import httpx

from bff.app import build_app
from bff.serving import server_config
from bff.settings import read_settings
from tests.bff_process import BffProcess, bff_process, until
from tests.integration.test_journeys import MINE, POINTS, slots
from tests.running_bff import App, new_key
from tests.sandbox_process import Sandbox

EXPERIENCES = "{ experiences(first: 5) { edges { node { id name } } } }"
CHANGED = "subscription($id: ID!) { bookingChanged(id: $id) { id status } }"


async def ask(http: httpx.AsyncClient) -> httpx.Response:
    return await http.post("/graphql", json={"query": EXPERIENCES})


async def a_pending_booking(app: App) -> dict[str, Any]:
    """Accepted, with its redemption hanging at the CRM, longer than the guest waits."""
    await app.sign_in()
    slot = (await slots(app))[0]
    app.sandbox.fault("memberson", "latency", "*/redeem-point", milliseconds=3000, times=1)
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(POINTS, input=given))["bookWithPoints"]
    assert answer["__typename"] == "BookingAccepted", answer
    assert answer["booking"]["status"] == "PENDING"
    return answer["booking"]  # type: ignore[no-any-return]


def leases(folder: Path) -> list[Any]:
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as ledger:
        return [row[0] for row in ledger.execute("SELECT lease_until FROM bookings")]


def redemptions(sandbox: Sandbox) -> int:
    rows = sandbox.books("memberson")["ledger"]
    return sum(row["type"] == "REDEEM" for row in rows)


async def test_it_says_not_ready_first_and_serves_on_until_nobody_comes_any_more(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with bff_process(sandbox, tmp_path, BFF_SERVE_ON_SECONDS="2") as bff:
        await bff.until_ready()
        bff.terminate()
        answers: list[int] = []
        seen_not_ready = False
        while not seen_not_ready or len(answers) < 20:
            readiness = await bff.readiness()
            assert readiness is not None
            seen_not_ready |= readiness.status_code == 503
            answers.append((await ask(bff.http)).status_code)
        assert set(answers) == {200}
        assert "draining" in readiness.json()["failed"]
        assert await bff.exit_code() == 0


async def test_while_it_drains_kept_connections_are_let_go(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with bff_process(sandbox, tmp_path, BFF_SERVE_ON_SECONDS="2") as bff:
        await bff.until_ready()
        assert "connection" not in (await ask(bff.http)).headers
        bff.terminate()
        await bff.until_not_ready()
        assert (await ask(bff.http)).headers["connection"] == "close"


async def test_a_request_under_way_is_answered_before_the_end(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with bff_process(sandbox, tmp_path) as bff:
        await bff.until_ready()
        await bff.app.sign_in()
        slot = (await slots(bff.app))[0]
        sandbox.fault("sevenrooms", "latency", "PUT */holds", milliseconds=1500)
        given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
        booking = asyncio.create_task(bff.app.data(POINTS, input=given))
        await until_called(sandbox, "*/holds")
        bff.terminate()
        answer = (await booking)["bookWithPoints"]
        assert answer["booking"]["status"] == "CONFIRMED"
        assert await bff.exit_code() == 0


async def until_called(sandbox: Sandbox, path: str) -> None:
    async def is_called() -> bool:
        return bool(sandbox.calls(path=path))

    await until(is_called)


async def test_an_unfinished_booking_is_handed_back_and_finished_by_the_next_copy(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with bff_process(sandbox, tmp_path, BFF_BOOKING_BUDGET_SECONDS="0.5") as bff:
        await bff.until_ready()
        booking = await a_pending_booking(bff.app)
        bff.terminate()
        assert await bff.exit_code() == 0
    assert leases(tmp_path) == [None]
    async with bff_process(sandbox, tmp_path) as bff:
        await bff.until_ready()
        await confirmed(bff, booking["id"])
    assert redemptions(sandbox) == 1


async def confirmed(bff: BffProcess, booking_id: str) -> None:
    await bff.app.sign_in()

    async def is_confirmed() -> bool:
        edges = (await bff.app.data(MINE))["me"]["bookings"]["edges"]
        return (booking_id, "CONFIRMED") in {
            (edge["node"]["id"], edge["node"]["status"]) for edge in edges
        }

    await until(is_confirmed)


async def test_a_second_signal_ends_it_sooner_and_still_hands_everything_back(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    settings = {"BFF_SERVE_ON_SECONDS": "3600", "BFF_STOP_SECONDS": "4000"}
    async with bff_process(sandbox, tmp_path, **settings, BFF_BOOKING_BUDGET_SECONDS="0.5") as bff:
        await bff.until_ready()
        await a_pending_booking(bff.app)
        bff.terminate()
        await bff.until_not_ready()
        bff.terminate()
        assert await bff.exit_code() == 0
    assert leases(tmp_path) == [None]


async def test_a_signal_after_the_door_is_shut_waits_for_no_request(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with bff_process(sandbox, tmp_path, BFF_STOP_SECONDS="4000") as bff:
        await bff.until_ready()
        await bff.app.sign_in()
        sandbox.fault("memberson", "latency", "*/summary", milliseconds=60_000)
        hanging = asyncio.create_task(bff.app.ask("{ me { points { balance } } }"))
        await until_called(sandbox, "*/summary")
        bff.terminate()
        await bff.until_gone()
        bff.terminate()
        assert await bff.exit_code() == 0
        await asyncio.gather(hanging, return_exceptions=True)


async def test_with_every_upstream_hanging_it_ends_within_the_time_it_is_given(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    stop_seconds = 20
    settings = {"BFF_STOP_SECONDS": str(stop_seconds), "BFF_UPSTREAM_TIMEOUT_SECONDS": "2"}
    async with bff_process(sandbox, tmp_path, **settings, BFF_BOOKING_BUDGET_SECONDS="3") as bff:
        await bff.until_ready()
        await bff.app.sign_in()
        slot = (await slots(bff.app))[0]
        sandbox.fault("*", "latency", milliseconds=60_000)
        given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
        asked = [
            asyncio.create_task(bff.app.data(POINTS, input=given)),
            asyncio.create_task(bff.app.ask("{ me { points { balance } } }")),
            asyncio.create_task(bff.app.sign_in()),
        ]
        await until_called(sandbox, "*/holds")
        await until_called(sandbox, "*/summary")
        bff.terminate()
        # What stops a copy kills it after that.
        assert await asyncio.to_thread(bff.process.wait, stop_seconds) == 0
        booking, balance, _ = await asyncio.gather(*asked)
        assert booking["bookWithPoints"]["booking"]["status"] == "PENDING"
        assert balance["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert leases(tmp_path) == [None]


async def test_a_stream_of_events_holds_nothing_up(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = {"BFF_BOOKING_BUDGET_SECONDS": "0.5", "BFF_STOP_SECONDS": "4000"}
    async with bff_process(sandbox, tmp_path, **settings) as bff:
        await bff.until_ready()
        await bff.app.sign_in()
        sandbox.fault("memberson", "error", "*/redeem-point", status=503)
        slot = (await slots(bff.app))[0]
        given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
        booking = (await bff.app.data(POINTS, input=given))["bookWithPoints"]["booking"]
        body = {"query": CHANGED, "variables": {"id": booking["id"]}}
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {bff.app.token}"}
        async with bff.http.stream("POST", "/graphql", json=body, headers=headers) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: next"
            bff.terminate()
            rest = [line async for line in lines]  # a cut connection would raise
        assert "event: complete" not in rest  # so that the app opens it anew
        assert await bff.exit_code() == 0


async def test_a_worker_hands_back_and_ends_as_well(sandbox: Sandbox, tmp_path: Path) -> None:
    async with bff_process(
        sandbox, tmp_path, command="serve", BFF_BOOKING_BUDGET_SECONDS="0.3"
    ) as bff:
        await bff.until_ready()
        await a_pending_booking(bff.app)
        bff.process.kill()
        assert await bff.exit_code() != 0
        sandbox.fault("memberson", "latency", "*/transactions*", milliseconds=1500)
        async with bff_process(sandbox, tmp_path, command="work") as worker:
            await until_called(sandbox, "*/transactions*")
            worker.terminate()
            assert await worker.exit_code() == 0
    assert leases(tmp_path) == [None]


async def test_a_worker_that_is_told_twice_waits_for_no_call(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with bff_process(
        sandbox, tmp_path, command="serve", BFF_BOOKING_BUDGET_SECONDS="0.3"
    ) as bff:
        await bff.until_ready()
        await a_pending_booking(bff.app)
        bff.process.kill()
        assert await bff.exit_code() != 0
    sandbox.fault("memberson", "latency", "*/transactions*", milliseconds=600_000)
    forever = {"BFF_UPSTREAM_TIMEOUT_SECONDS": "600"}
    async with bff_process(sandbox, tmp_path, command="work", **forever) as worker:
        await until_called(sandbox, "*/transactions*")
        worker.terminate()
        worker.process.send_signal(signal.SIGINT)  # another, lest the two become one
        assert await worker.exit_code() == 0


def test_an_idle_connection_is_kept_longer_than_a_load_balancer_keeps_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """60 seconds by default, with AWS; else it would send a request into a closing connection."""
    settings = read_settings(sandbox.bff_environment(tmp_path / "ledger.db"))
    assert server_config(build_app(settings), settings).timeout_keep_alive > 60


async def test_it_starts_and_gets_ready_with_every_upstream_down(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.fault("*", "down")
    async with bff_process(sandbox, tmp_path) as bff:
        await bff.until_ready()
        assert (await bff.http.get("/livez")).status_code == 200
        answer = (await ask(bff.http)).json()
        assert answer["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
        sandbox.clear_faults()

        async def is_back() -> bool:
            return "errors" not in (await ask(bff.http)).json()

        await until(is_back)
        bff.terminate()
        assert await bff.exit_code() == 0
