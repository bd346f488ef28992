"""What still answers with each upstream away: docs/degradation.md is this test's own words."""

from pathlib import Path

import pytest

from bff.gateways import catalogue
from tests.degraded_rig import ROWS, a_guest
from tests.running_bff import running_bff
from tests.sandbox_process import ROOT, Sandbox

PAGE = ROOT / "docs" / "degradation.md"
COLUMNS = {
    "all up": (),
    "SevenRooms down": ("sevenrooms",),
    "Memberson down": ("memberson",),
    "Stripe down": ("stripe",),
    "Cognito down": ("cognito",),
    "all down": ("sevenrooms", "memberson", "stripe", "cognito"),
}


async def column(sandbox: Sandbox, folder: Path, away: tuple[str, ...]) -> list[str]:
    sandbox.reset()
    folder.mkdir()
    async with running_bff(sandbox, folder, BFF_BOOKING_BUDGET_SECONDS="3") as app:
        guest = await a_guest(app)
        for upstream in away:
            sandbox.fault(upstream, "down")
        found = [await ask(guest) for ask in ROWS.values()]
        sandbox.clear_faults()
    return found


def table(columns: dict[str, list[str]]) -> list[str]:
    head = ["", *columns]
    lines = [head, ["---"] * len(head)]
    lines += [
        [row, *(cells[number] for cells in columns.values())] for number, row in enumerate(ROWS)
    ]
    return [f"| {' | '.join(line)} |" for line in lines]


async def test_the_page_says_what_each_part_answers_with_each_upstream_away(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Shown before, and by now no longer fresh.
    monkeypatch.setattr(catalogue, "DAY_TTL_SECONDS", 0)
    found = {
        name: await column(sandbox, tmp_path / str(number), away)
        for number, (name, away) in enumerate(COLUMNS.items())
    }
    page = PAGE.read_text("utf-8")
    lines = page.splitlines()
    kept = [line for line in lines if line.startswith("|")]
    if kept != table(found):
        first = next((i for i, line in enumerate(lines) if line.startswith("|")), len(lines))
        rest = [line for line in lines[first:] if not line.startswith("|")]
        new = PAGE.with_suffix(".md.new")
        new.write_text("\n".join([*lines[:first], *table(found), *rest]) + "\n", "utf-8")
        pytest.fail(f"{PAGE.name} is out of date; if this is meant: mv {new} {PAGE}")
