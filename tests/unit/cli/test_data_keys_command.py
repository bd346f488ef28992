"""A data key's life by the command line: made, joined, promoted, alone, and the others dropped."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bff.cli.ending import Exit
from bff.credentials.vault import Vault
from bff.key_file import make_keys, read_keys
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from tests.booking_samples import booking
from tests.command_line import environment_in, run, with_ledger


class Shell:
    def __init__(self, environment: dict[str, str], path: Path) -> None:
        self._environment, self.path = environment, path

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(["data-keys", *arguments], self._environment)

    def told(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        assert done.returncode == Exit.DONE, done.stderr
        return json.loads(done.stdout)

    def vault(self) -> Vault:
        return Vault([base64.b64decode(key) for key in read_keys(self.path)])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    environment = environment_in(tmp_path)
    del environment["DATA_KEYS"]
    path = tmp_path / "data-keys"
    return Shell({**environment, "DATA_KEYS_FILE": str(path)}, path)


async def test_a_key_is_replaced_step_by_step_and_every_row_stays_readable(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell("new").returncode == Exit.DONE
    first = shell.vault()
    async with open_file(tmp_path / "ledger.db") as file:
        await SqliteLedger(file, first).open(booking())
    assert shell("add").returncode == Exit.DONE
    assert shell.vault().names[0] == first.names[0]
    assert shell("promote").returncode == Exit.DONE
    assert [row["rows"] for row in shell.told()["keys"]] == [0, 1]
    assert [row["rows"] for row in shell.told("reseal")["keys"]] == [1, 0]
    assert "1 dropped" in shell("drop").stdout
    assert first.names[0] not in shell.vault().names
    async with open_file(tmp_path / "ledger.db") as file:
        assert await SqliteLedger(file, shell.vault()).load("bk_1") == booking()


async def test_a_key_that_still_seals_a_row_is_not_dropped(shell: Shell, tmp_path: Path) -> None:
    shell("new")
    async with open_file(tmp_path / "ledger.db") as file:
        await SqliteLedger(file, shell.vault()).open(booking())
    shell("add")
    shell("promote")
    shell("drop")
    assert len(read_keys(shell.path)) == 2


async def test_rows_that_no_key_here_opens_are_told_and_left(shell: Shell, tmp_path: Path) -> None:
    shell("new")
    async with open_file(tmp_path / "ledger.db") as file:
        await SqliteLedger(file, Vault([b"o" * 32])).open(booking())
    left = shell("reseal")
    assert left.returncode == Exit.LEFT_OVER
    assert left.stdout.endswith("0 sealed anew; 1 that no key here opens\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["new"], "is there already"), (["promote"], "holds one key only: add one first")],
)
def test_what_makes_no_sense_is_said_in_one_line(
    shell: Shell, arguments: list[str], says: str
) -> None:
    make_keys(shell.path, [base64.b64encode(b"k" * 32).decode()])
    refused = shell(*arguments)
    assert (refused.returncode, refused.stdout) == (Exit.USAGE, "")
    assert refused.stderr.endswith(f"{says}\n")


def test_without_a_file_the_application_does_not_start_and_says_how_to_make_one(
    shell: Shell,
) -> None:
    refused = shell()
    assert refused.returncode == Exit.USAGE
    assert "`python -m bff data-keys new` makes it" in refused.stderr


def test_keys_of_the_environment_are_dropped_by_hand(tmp_path: Path) -> None:
    environment = with_ledger(tmp_path)
    refused = run(["data-keys", "drop"], environment)
    assert refused.returncode == Exit.USAGE
    assert "take them out of DATA_KEYS" in refused.stderr
