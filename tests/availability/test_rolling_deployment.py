"""Both copies replaced once at a low rate; `make rollout` does it three times at full rate."""

from pathlib import Path

import pytest

from tests.availability.load_balancer import Missing, program
from tests.availability.rollout import Plan, rollout
from tests.sandbox_process import Sandbox

# Other tests run beside this one: what is slow here is the machine, no upstream.
PATIENT = {"BFF_UPSTREAM_TIMEOUT_SECONDS": "15", "BFF_BOOKING_BUDGET_SECONDS": "18"}


@pytest.fixture(autouse=True)
def _balancer() -> None:
    try:
        program()
    except Missing as missing:
        pytest.skip(str(missing))


async def test_copies_that_are_asked_to_go_fail_no_request_and_lose_no_booking(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    plan = Plan(rate=10, rounds=1, is_brutal=False, works=False, settings=PATIENT)
    report = await rollout(sandbox, tmp_path / "rollout", plan)
    assert report.problems == []
    assert report.bookings > 0
    assert [left.exit_code for left in report.lefts] == [0, 0]


async def test_copies_that_are_killed_fail_what_they_had_under_way_and_lose_no_booking(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    plan = Plan(rate=10, rounds=1, is_brutal=True, works=False, settings=PATIENT)
    report = await rollout(sandbox, tmp_path / "rollout", plan)
    assert report.problems == []
    assert report.bookings > 0
    assert report.replaced == 2
