"""What `extensions.upstream` tells a developer, and that nobody else is told."""

from pathlib import Path
from typing import Any

import httpx

from tests.running_bff import App, running_bff
from tests.sandbox_process import Sandbox

NAMES = "{ experiences(first: 2) { edges { node { name } } } }"
BALANCE = "{ me { points { balance } } }"


async def told(app: App, query: str) -> dict[str, Any]:
    answer = await app.ask(query)
    found: dict[str, Any] = answer["extensions"]["upstream"]
    return found


async def test_a_developer_sees_each_call_and_each_answer_of_a_cache(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running_bff(sandbox, tmp_path) as app:
        names = await told(app, NAMES)
        await app.sign_in()
        balance = await told(app, BALANCE)
        sandbox.fault("memberson", "error", status=503)
        away = await told(app, BALANCE)
    assert names["calls"] == []
    (read,) = names["cacheReads"]
    assert (read["cache"], read["how"], read["count"]) == ("catalogue", "fresh", 1)
    (call,) = balance["calls"]
    assert (call["upstream"], call["outcome"], call["attempts"]) == ("memberson", "answered", 1)
    assert 0 < call["ms"] < 30_000
    (failed,) = away["calls"]
    assert (failed["outcome"], failed["status"]) == ("OutcomeUnknown", 503)
    assert failed["attempts"] == 2


async def test_in_production_nobody_is_told_of_what_is_behind_us(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running_bff(sandbox, tmp_path, BFF_MODE="production") as app:
        posted = await app.ask(NAMES)
        got: httpx.Response = await app.http.get("/graphql", params={"query": NAMES})
    assert "extensions" not in posted
    assert "public" in got.headers["cache-control"]
    assert "extensions" not in got.json()
