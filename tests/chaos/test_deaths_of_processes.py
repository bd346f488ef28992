"""Real processes, SIGKILLed beside upstream calls and ledger writes, and started again.

This is a sample: both sides of every kind of upstream write, and some other instants, evenly.
`make chaos` takes them all.
"""

from pathlib import Path

from tests.chaos.crashes import (
    books_at_the_end,
    both_sides_of_every_write,
    open_theatre,
    play_all,
    spread,
    sure_instants,
    writes_of,
)
from tests.chaos.lost import without_a_lost_answer
from tests.sandbox_process import Sandbox

# So that a death costs seconds of this test and not ten; the proportions are those of the product.
PATIENCE = {
    "LEASE_SECONDS": 1.5,
    "HEARTBEAT_SECONDS": 0.5,
    "SETTLE_MARGIN_SECONDS": 0.3,
    "HEAD_START_SECONDS": 0.2,
}
SETTINGS = {"BFF_UPSTREAM_TIMEOUT_SECONDS": "2", "HOLD_SECONDS": "30"}
AT_ONCE = 14
# Between them they make every kind of upstream write.
STORIES = (
    "points, cancelled",
    "card, cancelled",
    "card, cancelled unpaid",
    "card, by webhook alone",
    "request by points, cancelled",
)
OTHERS = 6
BY_POINTS = ("points", "request by points, cancelled", "points, cancelled")
# The writes of which nobody can be asked whether they were done.
UNASKABLE = ("/redeem-point", "/request")


async def test_a_copy_may_die_at_any_instant_and_every_booking_ends_as_it_should(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with open_theatre(
        sandbox, tmp_path, seats=100, patience=PATIENCE, settings=lambda: SETTINGS
    ) as theatre:
        whole = await play_all(theatre, [(name, None) for name in STORIES], at_once=AT_ONCE)
        assert without_a_lost_answer(writes_of(whole)) == []
        chosen = both_sides_of_every_write(whole)
        chosen += spread([part for part in sure_instants(whole) if part not in chosen], OTHERS)
        runs = await play_all(theatre, chosen, at_once=AT_ONCE)
        problems = [problem for run in (*whole, *runs) for problem in run.problems]
        assert problems == []
        assert [run for run in runs if not run.died] == []
        assert books_at_the_end(theatre, [*whole, *runs]) == []


async def test_where_nobody_can_be_asked_an_operator_ends_what_a_death_has_left(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with open_theatre(
        sandbox, tmp_path, seats=20, patience=PATIENCE, settings=lambda: SETTINGS, is_bare=True
    ) as theatre:
        whole = await play_all(theatre, [(name, None) for name in BY_POINTS], at_once=AT_ONCE)
        writes = both_sides_of_every_write(whole)
        chosen = [part for part in writes if part[1].partition("#")[0].endswith(UNASKABLE)]
        assert len(chosen) == 2 * len(UNASKABLE)
        runs = await play_all(theatre, chosen, at_once=AT_ONCE)
        assert [problem for run in (*whole, *runs) for problem in run.problems] == []
        assert [run for run in runs if not run.died] == []
        assert books_at_the_end(theatre, [*whole, *runs]) == []
