"""A write whose answer was lost is sent again: the first one counts, and nobody is told no."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bff.booking.ledger_away import LedgerAway
from bff.booking.ports import Superseded
from tests.booking_samples import booking
from tests.fake_clock import NOON
from tests.ledger_kinds import Store, dynamo_store
from tests.lossy_proxy import Proxy, lossy_proxy

LATER = NOON + dt.timedelta(seconds=6)


@pytest.fixture
async def proxy(dynamodb: str) -> AsyncIterator[Proxy]:
    async with lossy_proxy(dynamodb) as running:
        yield running


@pytest.fixture
async def far(dynamodb: str, proxy: Proxy) -> AsyncIterator[Store]:
    async with dynamo_store(dynamodb, through=proxy.url) as opened:
        yield opened


async def test_a_new_booking_whose_answer_was_lost_is_written_once(
    far: Store, proxy: Proxy
) -> None:
    proxy.losing["TransactWriteItems"] = 1
    opened = await far.ledger.open(booking())
    assert opened == booking()
    assert await far.ledger.of_member(opened.member_id) == [opened]
    assert proxy.seen.count("TransactWriteItems") == 2


async def test_a_save_whose_answer_was_lost_is_not_superseded_by_itself(
    far: Store, proxy: Proxy
) -> None:
    opened = await far.ledger.open(booking())
    proxy.losing["PutItem"] = 1
    saved = await far.ledger.save(replace(opened, attempts=3))
    assert saved.version == opened.version + 1
    assert await far.ledger.load(opened.id) == saved
    assert proxy.seen.count("PutItem") == 2


async def test_a_save_that_lost_its_race_is_superseded_also_when_that_answer_was_lost(
    far: Store, proxy: Proxy
) -> None:
    opened = await far.ledger.open(booking())
    winner = await far.ledger.save(replace(opened, attempts=1))
    proxy.losing["PutItem"] = 1
    with pytest.raises(Superseded):
        await far.ledger.save(replace(opened, attempts=2))
    assert await far.ledger.load(opened.id) == winner


@pytest.mark.parametrize("events", [0, 2])
async def test_a_claim_whose_answer_was_lost_still_has_its_lease_and_settles_its_events(
    far: Store, proxy: Proxy, events: int
) -> None:
    opened = await far.ledger.open(booking(due_at=None))
    for number in range(events):
        await far.ledger.record_event(f"evt_{number}", opened.id, NOON)
    proxy.losing = {"PutItem": 1, "TransactWriteItems": 1}
    claimed = await far.ledger.claim(opened.id, owner="a", now=NOON, until=LATER)
    assert claimed is not None
    assert claimed.version == opened.version + 1
    proxy.losing.clear()
    await far.ledger.save(replace(claimed, lease_until=None, due_at=None))
    assert list(await far.ledger.due(NOON, 10)) == []


async def test_an_event_whose_answer_was_lost_was_not_there_before(
    far: Store, proxy: Proxy
) -> None:
    opened = await far.ledger.open(booking())
    proxy.losing["PutItem"] = 1
    assert await far.ledger.record_event("evt_1", opened.id, NOON)
    proxy.losing["PutItem"] = 1
    assert not await far.ledger.record_event("evt_1", opened.id, NOON)


async def test_when_every_answer_is_lost_the_failure_says_so_and_holds_nothing_personal(
    far: Store, proxy: Proxy
) -> None:
    opened = await far.ledger.open(booking())
    proxy.losing["PutItem"] = 9
    with pytest.raises(LedgerAway, match=r"^dynamodb put_item: \w+$") as lost:
        await far.ledger.save(replace(opened, attempts=3))
    assert lost.value.__cause__ is None
    proxy.losing.clear()
    # It had landed: who comes next reads it and goes on from there.
    found = await far.ledger.load(opened.id)
    assert found is not None
    assert found.attempts == 3
