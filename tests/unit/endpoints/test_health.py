import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bff.endpoints import health
from bff.endpoints.health import Check, livez, readyz


async def good() -> bool:
    return True


async def bad() -> bool:
    return False


async def broken() -> bool:
    raise ConnectionError("ledger at /secret/path")


async def stuck() -> bool:
    await asyncio.Event().wait()
    return True


async def asked(path: str, *checks: Check) -> httpx.Response:
    app = Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz(checks))])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bff.test"
    ) as http:
        return await http.get(path)


async def test_a_process_that_answers_is_alive_whatever_is_not_ready() -> None:
    answer = await asked("/livez", Check("ledger", bad))
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_ready_when_every_check_passes() -> None:
    answer = await asked("/readyz", Check("ledger", good), Check("worker", good))
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert answer.headers["cache-control"] == "no-store"


async def test_a_check_that_fails_or_breaks_is_named_and_nothing_more() -> None:
    answer = await asked(
        "/readyz", Check("ledger", broken), Check("worker", good), Check("serving", bad)
    )
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "failed": ["ledger", "serving"]}


async def test_a_copy_that_leaves_says_so_without_asking_the_ledger_first() -> None:
    answer = await asked("/readyz", Check("ledger", stuck), Check("draining", bad, is_quick=True))
    assert answer.status_code == 503
    assert answer.json()["failed"] == ["draining"]


async def test_a_check_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    answer = await asked("/readyz", Check("ledger", stuck))
    assert answer.json()["failed"] == ["ledger"]
