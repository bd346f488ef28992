"""Old bookings go by one command, and by themselves once an hour."""

import datetime as dt
import logging
from pathlib import Path

import pytest

from bff.__main__ import main
from bff.booking.model import Point
from bff.booking.retention import Forgetting
from bff.cli.ending import Exit
from bff.credentials.vault import Vault
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from bff.ledger.sqlite_retention import SqliteRetention
from tests.booking_samples import booking
from tests.command_line import environment_in, run, with_ledger
from tests.fake_clock import NOON, FakeClock

SEAL = Vault((b"k" * 32,))


async def keep_one(folder: Path, ended_at: dt.datetime) -> None:
    async with open_file(folder / "ledger.db") as file:
        ended = booking(point=Point.ENDED, due_at=None, created_at=ended_at, updated_at=ended_at)
        await SqliteLedger(file, SEAL).open(ended)


async def test_what_ended_before_the_days_of_the_setting_is_removed(tmp_path: Path) -> None:
    await keep_one(tmp_path, NOON - dt.timedelta(days=400))
    environment = environment_in(tmp_path)
    assert run(["purge"], environment).stdout == "0 bookings removed\n"
    told = run(["purge", "--older-than", "300", "--json"], environment)
    assert (told.returncode, told.stdout) == (
        Exit.DONE,
        '{"removed": 1, "older_than_days": 300}\n',
    )


def test_where_bookings_are_kept_for_ever_a_number_of_days_must_be_said(tmp_path: Path) -> None:
    refused = run(["purge"], {**with_ledger(tmp_path), "KEEP_BOOKINGS_DAYS": "0"})
    assert refused.returncode == Exit.USAGE
    assert "say --older-than DAYS" in refused.stderr


@pytest.mark.parametrize("days", ["0", "-5", "29", "many", "999999999999"])
def test_bookings_that_may_still_move_are_not_asked_for(
    days: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["purge", f"--older-than={days}"])
    assert ended.value.code == Exit.USAGE
    assert capsys.readouterr().err.endswith("a number of days from 30 to 36500\n")


async def test_the_worker_forgets_and_says_how_many(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await keep_one(tmp_path, NOON - dt.timedelta(days=31))
    async with open_file(tmp_path / "ledger.db") as file:
        forgetting = Forgetting(SqliteRetention(file), dt.timedelta(days=30), FakeClock())
        await forgetting.once()
        await forgetting.once()
    told = [record for record in caplog.records if record.message == "bookings_forgotten"]
    assert [vars(record)["number"] for record in told] == [1]


async def test_a_ledger_out_of_reach_costs_one_forgetting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Away:
        async def forget(self, *_: object) -> int:
            raise OSError

    await Forgetting(Away(), None, FakeClock()).once()
    assert [record.message for record in caplog.records] == ["not_forgotten"]
