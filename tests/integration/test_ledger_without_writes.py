"""A copy whose ledger takes no writes any more, though it still reads."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

from bff.ledger.heartbeat import BEAT_SECONDS
from tests.running_bff import running_bff
from tests.sandbox_process import Sandbox


def break_writes(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE attempts RENAME TO elsewhere")


async def test_a_copy_that_cannot_write_says_that_it_is_not_ready(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running_bff(sandbox, tmp_path) as app:
        await asyncio.to_thread(break_writes, tmp_path / "ledger.db")
        async with asyncio.timeout(BEAT_SECONDS * 2):
            while (answer := await app.http.get("/readyz")).is_success:  # noqa: ASYNC110 - asked from outside
                await asyncio.sleep(0.05)
        assert answer.json() == {"status": "not ready", "failed": ["ledger"]}
        assert "bff_ledger_answers 0.0" in (await app.http.get("/metrics")).text
