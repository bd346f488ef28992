"""Bookings that no data key here opens, before an operator."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bff.cli.bookings import driven, listed, resolved, shown
from bff.cli.ending import CannotDo, Exit
from bff.credentials.vault import Vault
from bff.ledger.sqlite import SqliteLedger
from tests.unit.booking.operator_desk import in_doubt, of_list, office, options
from tests.unit.booking.stage import open_stage


async def test_a_row_that_cannot_be_opened_is_counted_and_the_others_shown(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        doubtful = await in_doubt(stage)
        foreign = SqliteLedger(stage.ledger._file, Vault((b"o" * 32,)))
        row = await stage.row()
        later = row.created_at + dt.timedelta(seconds=1)
        sealed = replace(row, id="bk0", idempotency_key="another", created_at=later)
        await foreign.open(sealed)
        for given in ({}, {"in_doubt": True}, {"member": "sub-1"}, {"limit": 1}):
            text, code = await listed(office(stage), of_list(**given))
            assert code is Exit.DONE
            told = json.loads(text)
            assert [row["id"] for row in told["bookings"]] == [doubtful]
            assert told["unreadable"] == ["bk0"]
        text, _ = await listed(office(stage), of_list(json=False))
        assert text.endswith(
            "\n1 row cannot be opened (under which key: python -m bff data-keys): bk0"
        )
        for act in (shown, driven, resolved):
            with pytest.raises(CannotDo, match="bk0 cannot be opened") as problem:
                await act(office(stage), options("bk0"))
            assert problem.value.code is Exit.SEALED
