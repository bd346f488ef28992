"""A booking goes when it was kept for long enough, and never while anything is unfinished."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bff.booking.model import Booking, Point
from bff.ledger.dynamodb import DynamoLedger
from bff.ledger.dynamodb_retention import DynamoRetention
from bff.ledger.dynamodb_rows import booking_key, key_key
from bff.ledger.dynamodb_table import DynamoTable
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from bff.ledger.sqlite_members import SqliteSessions
from bff.ledger.sqlite_retention import SqliteRetention
from clients.aws import open_aws
from tests.aws_stand_ins import new_table, pointing_boto3_at
from tests.booking_samples import booking
from tests.fake_clock import NOON
from tests.ledger_kinds import SEAL, Store
from tests.unit.booking.stage import member

KEEP = dt.timedelta(days=30)
LATER = NOON + dt.timedelta(days=365)
MINUTE = dt.timedelta(minutes=1)


def over(name: str = "bk-over", **changes: Any) -> Booking:
    """One that ended at NOON."""
    values = {"point": Point.ENDED, "due_at": None, "idempotency_key": name}
    return booking(id=name, **(values | changes))


@pytest.mark.parametrize("point", [Point.ENDED, Point.CONFIRMED])
async def test_what_ended_long_ago_goes_and_its_key_is_free_again(
    store: Store, point: Point
) -> None:
    await store.ledger.open(over(point=point))
    assert await store.retention.forget(LATER, KEEP, 10) == 1
    assert await store.ledger.load("bk-over") is None
    assert await store.ledger.find("sub_1", "bk-over") is None
    assert await store.ledger.of_member("sub_1") == []
    again = replace(over(), id="bk-again")
    assert (await store.ledger.open(again)).id == "bk-again"


async def test_it_stays_to_the_day(store: Store) -> None:
    await store.ledger.open(over())
    assert await store.retention.forget(NOON + KEEP - MINUTE, KEEP, 10) == 0
    assert await store.retention.forget(NOON + KEEP + MINUTE, KEEP, 10) == 1


UNFINISHED: list[dict[str, Any]] = [
    *({"point": point} for point in Point if point not in {Point.ENDED, Point.CONFIRMED}),
    {"in_doubt": True},
    {"point": Point.CONFIRMED, "in_doubt": True},
    {"due_at": NOON + dt.timedelta(hours=1)},  # to be looked at for strays
    {"lease_until": NOON, "lease_owner": "somebody who died"},
    {"point": Point.CONFIRMED, "terms": {"starts_at": LATER - KEEP + MINUTE}},
]


@pytest.mark.parametrize("changes", UNFINISHED, ids=str)
async def test_what_is_unfinished_stays_for_ever(store: Store, changes: dict[str, Any]) -> None:
    await store.ledger.open(over(**changes))
    assert await store.retention.forget(LATER, KEEP, 10) == 0
    assert await store.ledger.load("bk-over") is not None


async def test_what_somebody_has_still_to_look_into_stays(store: Store) -> None:
    for name in ("bk-event", "bk-wish"):
        await store.ledger.open(over(name))
    await store.ledger.record_event("evt_1", "bk-event", NOON)
    await store.ledger.ask_to_cancel("bk-wish", NOON)
    assert await store.retention.forget(LATER, KEEP, 10) == 0
    for name in ("bk-event", "bk-wish"):
        claimed = await store.ledger.claim(name, owner="a", now=LATER, until=LATER)
        assert claimed is not None
        await store.ledger.save(replace(claimed, lease_until=None, due_at=None))
    assert await store.retention.forget(LATER, KEEP, 10) == 2


async def test_no_more_go_at_once_than_is_said_and_none_where_they_are_kept_for_ever(
    store: Store,
) -> None:
    for number in range(7):
        await store.ledger.open(over(f"bk-{number}"))
    assert await store.retention.forget(LATER, None, 10) == 0
    assert [await store.retention.forget(LATER, KEEP, 3) for _ in range(4)] == [3, 3, 1, 0]


async def test_sessions_and_settled_events_go_from_the_file_as_they_do_from_the_table(
    tmp_path: Path,
) -> None:
    async with open_file(tmp_path / "ledger.db") as file:
        ledger, sessions = SqliteLedger(file, SEAL), SqliteSessions(file, SEAL)
        await sessions.keep(member())
        await ledger.open(over(due_at=LATER))
        for event, name in (("evt_settled", "bk-over"), ("evt_stray", "bk-elsewhere")):
            await ledger.record_event(event, name, NOON)
        await ledger.claim("bk-over", owner="a", now=NOON, until=NOON)
        await ledger.record_event("evt_open", "bk-over", NOON)
        await SqliteRetention(file).forget(LATER, None, 10)
        assert await sessions.load("sub-1") is None
        assert await file.read("SELECT id FROM events", ()) == [("evt_open",)]


@pytest.fixture
async def table(dynamodb: str) -> Any:
    with pointing_boto3_at(dynamodb=dynamodb):
        async with open_aws("dynamodb") as calls:
            yield DynamoTable(calls, new_table(dynamodb))


async def test_the_save_that_ends_a_booking_says_when_the_table_may_drop_it(
    table: DynamoTable,
) -> None:
    ledger = DynamoLedger(table, SEAL, keep=dt.timedelta(days=730))

    async def expires_at() -> str | None:
        row = await table.get(booking_key("bk_1"))
        assert row is not None
        return row.get("expires_at", {}).get("N")

    opened = await ledger.open(booking())
    assert await expires_at() is None
    ended = await ledger.save(replace(opened, point=Point.ENDED, due_at=None))
    assert await expires_at() == str(int((NOON + dt.timedelta(days=730)).timestamp()))
    await ledger.claim(ended.id, owner="a", now=NOON, until=LATER)
    assert await expires_at() is None


async def test_the_key_of_a_booking_that_the_table_has_dropped_is_free_and_goes(
    table: DynamoTable,
) -> None:
    ledger, retention = DynamoLedger(table, SEAL), DynamoRetention(table)
    for name in ("bk-1", "bk-2"):
        await ledger.open(over(name))
        await table.delete(booking_key(name))
    assert (await ledger.open(over("bk-3", idempotency_key="bk-1"))).id == "bk-3"
    await retention.forget(LATER, None, 10)
    assert await table.get(key_key("sub_1", "bk-2")) is None
    assert [row.id for row in await ledger.of_member("sub_1")] == ["bk-3"]
