"""What every store of shared upstream tokens must do, whatever keeps it."""

import asyncio
import datetime as dt

import pytest

from bff.credentials.vault import CannotOpen, Vault
from bff.ledger.token_rows import TURN, token_from_bytes, token_to_bytes
from clients.tokens import FetchedToken, TokenKeeper, TokenStore
from tests.fake_clock import NOON, FakeClock
from tests.ledger_kinds import SEAL, Store

HOUR = dt.timedelta(hours=1)


def token(value: str, at: dt.datetime = NOON) -> FetchedToken:
    return FetchedToken(value, at + HOUR, version="version-1", fetched_at=at)


def copies(store: Store, clock: FakeClock, *owners: str) -> list[TokenStore]:
    return [store.tokens("sevenrooms", owner, clock) for owner in owners]


async def test_what_one_copy_saves_another_loads_whole(store: Store) -> None:
    one, other = copies(store, FakeClock(), "one", "other")
    assert await other.load() is None
    await one.save(token("canary-token"))
    loaded = await other.load()
    assert loaded == token("canary-token")
    assert loaded is not None
    assert loaded.fetched_at == NOON


async def test_each_upstream_has_a_token_of_its_own(store: Store) -> None:
    rooms, crm = (store.tokens(name, "one", FakeClock()) for name in ("sevenrooms", "memberson"))
    await rooms.save(token("rooms"))
    await rooms.take_turn()
    assert await crm.load() is None
    assert await crm.take_turn()


async def test_nothing_of_a_token_is_readable_in_what_is_kept(store: Store) -> None:
    (one,) = copies(store, FakeClock(), "one")
    await one.save(token("canary-token"))
    found = store.raw()
    assert b"sevenrooms" in found
    assert b"canary-token" not in found


def test_a_token_moved_to_another_upstreams_row_does_not_open() -> None:
    sealed = token_to_bytes(token("t"), "sevenrooms", SEAL)
    assert token_from_bytes(sealed, "sevenrooms", SEAL) == token("t")
    for upstream, seal in (("memberson", SEAL), ("sevenrooms", Vault((b"o" * 32,)))):
        with pytest.raises(CannotOpen):
            token_from_bytes(sealed, upstream, seal)


async def test_a_token_that_was_fetched_earlier_never_replaces_a_later_one(store: Store) -> None:
    one, other = copies(store, FakeClock(), "one", "other")
    await one.save(token("later", NOON + HOUR))
    await other.save(token("earlier", NOON))
    assert await one.load() == token("later", NOON + HOUR)


async def test_of_many_copies_one_has_the_turn_until_it_ends_it(store: Store) -> None:
    rivals = copies(store, FakeClock(), *(f"copy-{number}" for number in range(20)))
    took = await asyncio.gather(*(rival.take_turn() for rival in rivals))
    assert took.count(True) == 1
    winner = rivals[took.index(True)]
    loser = rivals[took.index(False)]
    await loser.end_turn()
    assert not await loser.take_turn()
    await winner.end_turn()
    assert await loser.take_turn()


async def test_a_turn_taken_twice_by_the_same_copy_is_still_one(store: Store) -> None:
    """So a write whose answer was lost, and which was sent again, is no rival of itself."""
    (one,) = copies(store, FakeClock(), "one")
    assert await one.take_turn()
    assert await one.take_turn()


async def test_the_turn_of_a_copy_that_died_lapses(store: Store) -> None:
    clock = FakeClock()
    one, other = copies(store, clock, "one", "other")
    await one.take_turn()
    clock.advance(TURN.total_seconds() - 1)
    assert not await other.take_turn()
    clock.advance(1)
    assert await other.take_turn()


async def test_taking_turns_and_saving_do_not_disturb_each_other(store: Store) -> None:
    one, other = copies(store, FakeClock(), "one", "other")
    await one.save(token("t"))
    await one.take_turn()
    assert await other.load() == token("t")
    await other.save(token("newer", NOON + HOUR))
    assert not await other.take_turn()


async def test_many_copies_that_need_a_token_at_once_cost_one_fetch(store: Store) -> None:
    clock, fetched = FakeClock(), 0

    async def fetch() -> FetchedToken:
        nonlocal fetched
        fetched += 1
        await asyncio.sleep(0)
        return FetchedToken(f"t{fetched}", clock.now() + HOUR)

    async def pause(_seconds: float) -> None:
        await asyncio.sleep(0.005)

    keepers = [
        TokenKeeper(fetch, clock.now, store=each, sleep=pause)
        for each in copies(store, clock, *(f"copy-{number}" for number in range(10)))
    ]
    assert set(await asyncio.gather(*(each.current() for each in keepers))) == {"t1"}
    renewed = await asyncio.gather(*(each.renew("t1") for each in keepers))
    assert set(renewed) == {"t2"}
    assert fetched == 2
    assert sum(each.stats.fetched for each in keepers) == 2
