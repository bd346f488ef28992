"""A worker without an API tells whether it is alive, and its figures."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bff.door import build_door
from bff.figures.page import Figures
from tests.bff_process import bff_process, until
from tests.fake_clock import FakeClock
from tests.sandbox_process import Sandbox
from tests.served_bff import free_port


async def test_a_worker_answers_on_its_own_port_and_leaves_in_order(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    door = free_port()
    settings = {"BFF_METRICS_PORT": str(door)}
    async with (
        bff_process(sandbox, tmp_path, command="work", **settings) as worker,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{door}", trust_env=False) as http,
    ):

        async def has_turned() -> bool:
            try:
                page = (await http.get("/metrics")).text
            except httpx.TransportError:
                return False
            return "\nbff_worker_turned_seconds " in page and "\nbff_bookings_backlog 0.0" in page

        await until(has_turned)
        assert (await http.get("/livez")).json() == {"status": "alive"}
        assert (await http.post("/graphql")).status_code == 404
        worker.terminate()
        assert await worker.exit_code() == 0


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (61, 503)])
async def test_a_worker_that_no_longer_turns_is_not_alive(seconds: int, status: int) -> None:
    clock = FakeClock()
    worker = SimpleNamespace(turned_at=clock.now() - dt.timedelta(seconds=seconds))
    house: Any = SimpleNamespace(worker=worker, clock=clock, figures=Figures())
    wire = httpx.ASGITransport(build_door(house))
    async with httpx.AsyncClient(transport=wire, base_url="http://worker") as http:
        assert (await http.get("/livez")).status_code == status
