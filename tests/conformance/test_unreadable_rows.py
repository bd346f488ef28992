"""A row that cannot be opened is left out of every list and logged; it hides no other."""

import datetime as dt

import pytest

from bff.booking.model import Booking
from bff.credentials.vault import Vault
from tests.booking_samples import booking
from tests.fake_clock import NOON
from tests.ledger_kinds import Store

ALIEN = Vault((b"o" * 32,))


def numbered(number: int) -> Booking:
    at = NOON + dt.timedelta(seconds=number)
    return booking(id=f"bk{number}", idempotency_key=f"key-{number}", created_at=at)


async def test_a_row_that_cannot_be_opened_hides_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 3):
        await store.ledger.open(numbered(number))
    await store.under(ALIEN).open(numbered(2))
    unfinished = await store.ledger.unfinished(10)
    newest = await store.ledger.newest(10)
    own = await store.ledger.of_member("sub_1")
    assert [row.id for row in unfinished] == ["bk1", "bk3"]
    assert [row.id for row in newest] == [row.id for row in own] == ["bk3", "bk1"]
    assert unfinished.unreadable == newest.unreadable == own.unreadable == ["bk2"]
    told = [record for record in caplog.records if record.message == "booking_unreadable"]
    assert [vars(record)["booking_id"] for record in told] == ["bk2"]
