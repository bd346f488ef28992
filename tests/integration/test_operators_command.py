"""A doubt from its cause to its end: HTTP, the ledger, the alarm, and one command."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.aws_stand_ins import distributed
from tests.integration.test_journeys import CANCEL, POINTS, live_reservations, net_points, slots
from tests.integration.test_metrics_page import figures
from tests.running_bff import App, new_key, running_bff

WITHOUT = {"MEMBERSON_HISTORY": "off", "MEMBERSON_CANCEL": "off"}


@pytest.fixture(params=["embedded", "distributed"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "embedded":
        return WITHOUT
    aws = distributed(*(request.getfixturevalue(name) for name in ("dynamodb", "aws")))
    return {**aws, **WITHOUT}


class Shell:
    """The operator's, with the environment of the running application."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {"PATH": os.defpath, **environment}

    async def bookings(self, *arguments: str) -> tuple[Any, int]:
        command = [sys.executable, "-m", "bff", "bookings", *arguments, "--json"]
        done = await asyncio.to_thread(
            subprocess.run, command, env=self._environment, capture_output=True, timeout=60
        )
        return json.loads(done.stdout), done.returncode


async def book(app: App) -> tuple[dict[str, Any], dict[str, Any]]:
    slot = (await slots(app))[0]
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    return slot, (await app.data(POINTS, input=given))["bookWithPoints"]["booking"]


async def test_points_that_may_be_taken_are_settled_by_one_command_and_taken_once(
    sandbox: Any, tmp_path: Path, settings: dict[str, str]
) -> None:
    shell = Shell({**sandbox.bff_environment(tmp_path / "ledger.db"), **settings})
    async with running_bff(sandbox, tmp_path, **settings) as app:
        await app.sign_in()
        sandbox.fault("memberson", "drop_after", "POST */redeem-point", times=1)
        slot, booking = await book(app)
        assert booking["status"] == "PENDING"
        assert booking["statusReason"] == "Our concierge is looking into this booking."
        listed, _ = await shell.bookings("--in-doubt")
        (row,) = listed["bookings"]
        page = await figures(app)
        for name in ("backlog", "in_doubt", "overdue"):
            assert page[f"bff_bookings_{name}"] == listed["standing"][name]
        assert page["bff_bookings_in_doubt"] == 1
        told, code = await shell.bookings("resolve", row["id"], "--done", "--note", "on the books")
        assert (told["status"], code) == ("CONFIRMED", 0)
        assert len(live_reservations(sandbox)) == 1
        assert net_points(sandbox) == slot["price"]["points"]
        assert app.sandbox.member["email"] not in json.dumps(told)


async def test_points_that_no_call_gives_back_rest_until_a_person_says_so(
    sandbox: Any, tmp_path: Path, settings: dict[str, str]
) -> None:
    shell = Shell({**sandbox.bff_environment(tmp_path / "ledger.db"), **settings})
    async with running_bff(sandbox, tmp_path, **settings) as app:
        await app.sign_in()
        _, booking = await book(app)
        gone = (await app.data(CANCEL, input={"bookingId": booking["id"]}))["cancelBooking"]
        assert gone["__typename"] == "BookingCancelled"
        assert gone["booking"]["status"] == "PENDING"
        listed, _ = await shell.bookings("--in-doubt")
        (row,) = listed["bookings"]
        told, _ = await shell.bookings("show", row["id"])
        assert told["question"]["asks"] == "Are the points of this receipt back?"
        told, code = await shell.bookings("resolve", row["id"], "--done")
        assert (told["status"], code) == ("CANCELLED", 0)
        assert live_reservations(sandbox) == []
