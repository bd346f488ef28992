"""A small storm; `make chaos` lets a large one rage."""

from pathlib import Path

from tests.chaos.storm import Scale, storm
from tests.sandbox_process import Sandbox

SMALL = Scale(
    seed=1,
    bookings=40,
    members=12,
    slots=8,
    places=4,
    at_once=30,
    arrivals_per_second=8,
    kill_every=1.0,
    fault_every=0.4,
    outage_every=3.0,
    longest_outage=1.0,
    quiet=60,
    patience={
        "LEASE_SECONDS": 1.5,
        "HEARTBEAT_SECONDS": 0.5,
        "SETTLE_MARGIN_SECONDS": 0.3,
        "HEAD_START_SECONDS": 0.2,
        "LONGEST_RETRY_SECONDS": 3.0,
        "REQUEST_POLL_SECONDS": 2.0,
        "QUICK_HOLD_SECONDS": 12.0,
        "HOLD_SECONDS": 14.0,
    },
    settings={"BFF_UPSTREAM_TIMEOUT_SECONDS": "2"},
)


async def test_after_a_storm_every_booking_is_kept_whole_or_given_back_whole(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    report = await storm(sandbox, tmp_path, SMALL)
    assert report.problems == []
    assert report.kills >= 3
    assert report.statuses["CONFIRMED"] > 0
    assert sum(report.statuses.values()) <= SMALL.bookings
