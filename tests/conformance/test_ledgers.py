"""What every ledger must do; each implementation passes the same suite."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from bff.booking.model import Booking, Guest, Method, Point, Terms
from bff.booking.ports import Ledger, Superseded
from bff.catalogue.model import SlotKind
from bff.credentials.vault import CannotOpen, Vault
from bff.money import Money
from tests.fake_clock import NOON
from tests.ledger_kinds import Store

LATER = NOON + dt.timedelta(seconds=6)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return store.ledger


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


async def test_of_many_opens_under_one_key_all_get_the_first(ledger: Ledger) -> None:
    opens = [ledger.open(booking(number, idempotency_key="key")) for number in range(20)]
    assert len({row.id for row in await asyncio.gather(*opens)}) == 1
    assert len(await ledger.of_member("sub-1")) == 1


async def test_the_same_key_of_another_member_is_another_booking(ledger: Ledger) -> None:
    await ledger.open(booking(1))
    other = await ledger.open(booking(2, member_id="sub-2", idempotency_key="key-1"))
    assert other.id == "bk2"
    assert await ledger.find("sub-2", "key-1") == other


async def test_a_booking_at_rest_without_a_time_is_not_due(ledger: Ledger) -> None:
    opened = await ledger.open(booking())
    await ledger.save(replace(opened, due_at=None))
    assert list(await ledger.due(NOON + dt.timedelta(days=9), 10)) == []


async def test_a_lease_that_is_over_makes_its_booking_due(ledger: Ledger) -> None:
    await ledger.open(booking())
    await ledger.claim("bk1", owner="a", now=NOON, until=LATER)
    assert list(await ledger.due(LATER - dt.timedelta(seconds=1), 10)) == []
    assert list(await ledger.due(LATER, 10)) == ["bk1"]


async def test_of_many_due_bookings_the_longest_due_are_found_wherever_they_lie(
    ledger: Ledger,
) -> None:
    rows = [booking(n, due_at=NOON - dt.timedelta(seconds=n)) for n in range(1, 61)]
    await asyncio.gather(*(ledger.open(row) for row in rows))
    assert list(await ledger.due(NOON, 20)) == [f"bk{n}" for n in range(60, 40, -1)]


async def test_an_event_of_no_booking_makes_nothing_due(ledger: Ledger) -> None:
    assert await ledger.record_event("evt_1", "bk-elsewhere", NOON)
    assert list(await ledger.due(NOON, 10)) == []


async def test_events_of_no_booking_hide_nothing_that_is_due(ledger: Ledger) -> None:
    """Another house's, that shares our account at Stripe; a few are looked at in one sweep."""
    strays = [ledger.record_event(f"evt_{n}", f"bk-elsewhere-{n}", NOON) for n in range(40)]
    await asyncio.gather(*strays)
    await ledger.open(booking(due_at=LATER))
    found = [await ledger.due(LATER, 2) for _ in range(40)]
    assert list(found[-1]) == ["bk1"]


async def test_many_events_make_a_booking_due_once_and_one_claim_settles_them(
    ledger: Ledger,
) -> None:
    await ledger.open(booking(due_at=None))
    fresh = [ledger.record_event(f"evt_{n % 30}", "bk1", NOON) for n in range(60)]
    assert sum(await asyncio.gather(*fresh)) == 30
    assert list(await ledger.due(NOON, 10)) == ["bk1"]
    claimed = await ledger.claim("bk1", owner="a", now=NOON, until=LATER)
    assert claimed is not None
    await ledger.save(replace(claimed, lease_until=None, due_at=None))
    assert list(await ledger.due(NOON, 10)) == []


async def test_an_event_recorded_while_a_claim_is_made_is_never_lost(ledger: Ledger) -> None:
    opened = await ledger.open(booking(due_at=None))
    for number in range(20):
        claim = ledger.claim(opened.id, owner="a", now=NOON, until=LATER)
        (claimed, _) = await asyncio.gather(
            claim, ledger.record_event(f"evt_{number}", opened.id, NOON)
        )
        assert claimed is not None
        opened = await ledger.save(replace(claimed, lease_until=None, due_at=None))
        # Settled by that claim, or still open: then the next claim settles it.
        for _ in await ledger.due(NOON, 10):
            again = await ledger.claim(opened.id, owner="a", now=NOON, until=LATER)
            assert again is not None
            opened = await ledger.save(replace(again, lease_until=None, due_at=None))
        assert list(await ledger.due(NOON, 10)) == []


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


async def test_all_bookings_of_a_member_are_listed_however_many(ledger: Ledger) -> None:
    for first in range(1, 231, 10):
        rows = (booking(number) for number in range(first, first + 10))
        await asyncio.gather(*map(ledger.open, rows))
    listed = await ledger.of_member("sub-1")
    assert [row.id for row in listed] == [f"bk{number}" for number in range(230, 0, -1)]


async def test_nothing_personal_is_readable_in_what_is_kept(store: Store) -> None:
    await store.ledger.open(booking(intent_secret="canary-intent"))
    found = store.raw()
    assert b"bk1" in found
    for canary in (b"Canary-First", b"Canary-Last", b"canary@example.test", b"canary-intent"):
        assert canary not in found


async def test_a_rotated_data_key_keeps_old_rows_readable(store: Store) -> None:
    written = await store.ledger.open(booking())
    newer = store.under(Vault((b"n" * 32, b"k" * 32)))
    assert await newer.load("bk1") == written
    await newer.save(written)
    with pytest.raises(CannotOpen):
        await store.ledger.load("bk1")


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
