"""A new data key is taken into use, and the old one is needed by nothing after that."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from bff.cli.resealing import counted, reseal
from bff.credentials.vault import CannotOpen, Vault
from bff.members.model import MemberSession
from tests.booking_samples import booking
from tests.fake_clock import NOON
from tests.ledger_kinds import SEAL, Store
from tests.unit.booking.stage import member

NEW = b"n" * 32
BOTH = Vault((NEW, b"k" * 32))
ONLY_NEW = Vault((NEW,))
BOOKINGS = 30


@pytest.fixture
async def kept(store: Store) -> tuple[Store, MemberSession]:
    for number in range(BOOKINGS):
        await store.ledger.open(booking(id=f"bk-{number}", idempotency_key=f"key-{number}"))
    session = member()
    await store.sessions.keep(session)
    return store, session


async def test_after_resealing_the_new_key_alone_opens_everything(
    kept: tuple[Store, MemberSession],
) -> None:
    store, _ = kept
    tally = await reseal(store.sealed, BOTH)
    assert (tally.resealed, tally.unreadable) == (BOOKINGS + 1, 0)
    alone = store.under(ONLY_NEW)
    assert len(await alone.of_member("sub_1")) == BOOKINGS
    after = await counted(store.sealed, ONLY_NEW)
    assert dict(after.by_key) == {ONLY_NEW.names[0]: BOOKINGS + 1}
    with pytest.raises(CannotOpen):
        await store.ledger.load("bk-0")


async def test_resealing_changes_nothing_else_and_is_done_once(
    kept: tuple[Store, MemberSession],
) -> None:
    store, _ = kept
    before = await store.ledger.load("bk-3")
    await reseal(store.sealed, BOTH)
    assert await store.under(BOTH).load("bk-3") == before
    assert (await reseal(store.sealed, BOTH)).resealed == 0


async def test_a_driver_that_has_the_booking_meanwhile_loses_nothing(
    kept: tuple[Store, MemberSession],
) -> None:
    store, _ = kept
    until = NOON + dt.timedelta(seconds=6)
    held = await store.ledger.claim("bk-1", owner="a", now=NOON, until=until)
    assert held is not None
    await reseal(store.sealed, BOTH)
    await store.ledger.save(replace(held, attempts=7))
    found = await store.under(BOTH).load("bk-1")
    assert found is not None
    assert found.attempts == 7


async def test_a_row_that_is_written_while_it_is_resealed_stays_as_it_was_written(
    kept: tuple[Store, MemberSession],
) -> None:
    store, _ = kept
    rows = await store.ledger.of_member("sub_1")
    saves = [store.ledger.save(replace(row, attempts=9)) for row in rows]
    await asyncio.gather(reseal(store.sealed, BOTH), *saves)
    found = await store.under(BOTH).of_member("sub_1")
    assert [row.attempts for row in found] == [9] * BOOKINGS


async def test_what_no_key_opens_is_counted_and_left_as_it_is(
    kept: tuple[Store, MemberSession],
) -> None:
    store, _ = kept
    tally = await reseal(store.sealed, ONLY_NEW)
    assert (tally.resealed, tally.unreadable) == (0, BOOKINGS + 1)
    assert await store.ledger.load("bk-0") is not None
    assert dict((await counted(store.sealed, SEAL)).by_key) == {SEAL.names[0]: BOOKINGS + 1}
