"""What every ledger must do; each implementation passes the same suite."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bff.booking.model import Booking, Guest, Method, Point, Terms
from bff.booking.ports import Ledger, Superseded
from bff.catalogue.model import SlotKind
from bff.credentials.vault import Vault
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from bff.money import Money
from tests.fake_clock import NOON

SEAL = Vault((b"k" * 32,))
LATER = NOON + dt.timedelta(seconds=6)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with open_file(tmp_path / "ledger.db") as file:
        yield SqliteLedger(file, SEAL)


def booking(number: int = 1, **changes: object) -> Booking:
    made = Booking(
        id=f"bk{number}",
        member_id="sub-1",
        idempotency_key=f"key-{number}",
        input_hash="hash",
        method=Method.POINTS,
        terms=Terms(
            venue_id="venue",
            experience_id=None,
            day=dt.date(2026, 11, 24),
            time_text="7:00 PM",
            starts_at=NOON + dt.timedelta(days=2),
            party_size=2,
            kind=SlotKind.INSTANT,
            shift_persistent_id=None,
            access_persistent_id=None,
            price=Money(100, "SGD"),
            points=300,
        ),
        guest=Guest(
            customer_number="00012345",
            member_number=None,
            first_name="Canary-First",
            last_name="Canary-Last",
            email="canary@example.test",
        ),
        point=Point.ACCEPTED,
        created_at=NOON + dt.timedelta(seconds=number),
        updated_at=NOON,
        deadline_at=NOON + dt.timedelta(hours=1),
        due_at=NOON,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_a_booking_comes_back_as_it_was_written(ledger: Ledger) -> None:
    written = booking(intent_secret="pi_secret", hold_until=LATER).told(NOON, "opened")
    assert await ledger.open(written) == written
    assert await ledger.load("bk1") == written
    assert await ledger.find("sub-1", "key-1") == written


async def test_a_second_booking_under_one_key_is_the_first(ledger: Ledger) -> None:
    first = await ledger.open(booking(1))
    assert await ledger.open(booking(2, idempotency_key="key-1")) == first
    assert await ledger.load("bk2") is None


async def test_of_many_saves_over_one_version_one_wins(ledger: Ledger) -> None:
    opened = await ledger.open(booking())
    saves = [ledger.save(replace(opened, attempts=n)) for n in range(20)]
    results = await asyncio.gather(*saves, return_exceptions=True)
    won = [result for result in results if isinstance(result, Booking)]
    assert len(won) == 1
    assert sum(isinstance(result, Superseded) for result in results) == 19
    assert await ledger.load("bk1") == won[0]


async def test_of_many_claims_one_gets_the_lease_until_it_ends(ledger: Ledger) -> None:
    await ledger.open(booking())
    claims = [ledger.claim("bk1", owner=f"o{n}", now=NOON, until=LATER) for n in range(20)]
    taken = [row for row in await asyncio.gather(*claims) if row is not None]
    assert len(taken) == 1
    assert taken[0].lease_until == LATER
    late = await ledger.claim("bk1", owner="next", now=LATER, until=LATER + dt.timedelta(1))
    assert late is not None
    assert late.lease_owner == "next"


async def test_a_driver_whose_lease_was_taken_over_cannot_write(ledger: Ledger) -> None:
    await ledger.open(booking())
    first = await ledger.claim("bk1", owner="a", now=NOON, until=LATER)
    assert first is not None
    await ledger.claim("bk1", owner="b", now=LATER, until=LATER + dt.timedelta(seconds=6))
    with pytest.raises(Superseded):
        await ledger.save(first)


async def test_nobody_claims_a_booking_that_is_not_there(ledger: Ledger) -> None:
    assert await ledger.claim("bk9", owner="a", now=NOON, until=LATER) is None


async def test_due_bookings_come_longest_due_first_and_without_leased_ones(ledger: Ledger) -> None:
    await ledger.open(booking(1, due_at=NOON - dt.timedelta(seconds=1)))
    await ledger.open(booking(2, due_at=NOON - dt.timedelta(seconds=9)))
    await ledger.open(booking(3, due_at=NOON + dt.timedelta(seconds=1)))
    await ledger.open(booking(4, due_at=None))
    await ledger.open(booking(5, lease_until=LATER, lease_owner="a"))
    assert list(await ledger.due(NOON, 10)) == ["bk2", "bk1"]
    assert list(await ledger.due(NOON, 1)) == ["bk2"]


async def test_an_event_is_fresh_once_and_makes_its_booking_due_until_claimed(
    ledger: Ledger,
) -> None:
    await ledger.open(booking(due_at=None))
    assert await ledger.record_event("evt_1", "bk1", NOON)
    assert not await ledger.record_event("evt_1", "bk1", NOON)
    assert list(await ledger.due(NOON, 10)) == ["bk1"]
    claimed = await ledger.claim("bk1", owner="a", now=NOON, until=LATER)
    assert claimed is not None
    await ledger.save(replace(claimed, lease_until=None, due_at=None))
    assert list(await ledger.due(NOON, 10)) == []


async def test_an_event_during_a_drive_is_found_after_it(ledger: Ledger) -> None:
    await ledger.open(booking(due_at=None))
    claimed = await ledger.claim("bk1", owner="a", now=NOON, until=LATER)
    assert claimed is not None
    await ledger.record_event("evt_1", "bk1", NOON)
    assert list(await ledger.due(NOON, 10)) == []
    await ledger.save(replace(claimed, lease_until=None, due_at=None))
    assert list(await ledger.due(NOON, 10)) == ["bk1"]


async def test_a_members_bookings_are_their_own_newest_first(ledger: Ledger) -> None:
    await ledger.open(booking(1))
    await ledger.open(booking(2))
    await ledger.open(booking(3, member_id="sub-2"))
    assert [row.id for row in await ledger.of_member("sub-1")] == ["bk2", "bk1"]


async def test_nothing_personal_is_readable_in_the_file(tmp_path: Path) -> None:
    async with open_file(tmp_path / "sealed.db") as file:
        await SqliteLedger(file, SEAL).open(booking(intent_secret="canary-intent"))
    found = b"".join(part.read_bytes() for part in tmp_path.glob("sealed.db*"))
    assert b"bk1" in found
    for canary in (b"Canary-First", b"Canary-Last", b"canary@example.test", b"canary-intent"):
        assert canary not in found


async def test_a_rotated_data_key_keeps_old_rows_readable(tmp_path: Path) -> None:
    async with open_file(tmp_path / "rotated.db") as file:
        written = await SqliteLedger(file, SEAL).open(booking())
        newer = SqliteLedger(file, Vault((b"n" * 32, b"k" * 32)))
        assert await newer.load("bk1") == written


async def test_a_wish_to_cancel_outlasts_anothers_lease_and_is_seen_by_the_next_claim(
    ledger: Ledger,
) -> None:
    made = await ledger.open(booking(lease_owner="a", lease_until=LATER))
    await ledger.ask_to_cancel(made.id, NOON)
    assert await ledger.claim(made.id, owner="b", now=NOON, until=LATER) is None
    rested = replace(made, lease_owner=None, lease_until=None, due_at=None)
    await ledger.save(rested)
    assert list(await ledger.due(NOON, 10)) == [made.id]
    claimed = await ledger.claim(made.id, owner="b", now=NOON, until=LATER)
    assert claimed is not None
    assert claimed.cancel_asked


async def test_a_wish_to_cancel_counts_once_each_time_it_is_asked(ledger: Ledger) -> None:
    made = await ledger.open(booking())
    for wished in (True, False, True):
        if wished:
            await ledger.ask_to_cancel(made.id, NOON)
        claimed = await ledger.claim(made.id, owner="a", now=NOON, until=LATER)
        assert claimed is not None
        assert claimed.cancel_asked is wished
        await ledger.save(replace(claimed, cancel_asked=False, lease_until=None))


async def test_a_wish_to_cancel_what_has_ended_changes_nothing(ledger: Ledger) -> None:
    made = await ledger.open(booking(point=Point.ENDED, due_at=None))
    await ledger.ask_to_cancel(made.id, NOON)
    claimed = await ledger.claim(made.id, owner="a", now=NOON, until=LATER)
    assert claimed is not None
    assert not claimed.cancel_asked


async def test_the_operator_sees_what_is_unfinished_oldest_first_and_all_newest_first(
    ledger: Ledger,
) -> None:
    await ledger.open(booking(1))
    await ledger.open(booking(2, point=Point.CONFIRMED))
    await ledger.open(booking(3, point=Point.ENDED))
    await ledger.open(booking(4, point=Point.ENDED, in_doubt=True))
    await ledger.open(booking(5, point=Point.RETURNING))
    assert [row.id for row in await ledger.unfinished(10)] == ["bk1", "bk4", "bk5"]
    assert [row.id for row in await ledger.unfinished(1)] == ["bk1"]
    assert [row.id for row in await ledger.newest(3)] == ["bk5", "bk4", "bk3"]
