"""What every store of sessions and of failed sign-ins must do, whatever keeps it."""

import asyncio
import datetime as dt

from bff.members.model import MemberSession, Profile
from tests.fake_clock import NOON
from tests.ledger_kinds import Store

WINDOW = dt.timedelta(minutes=15)
SOON = NOON + dt.timedelta(minutes=14)
AFTER = NOON + dt.timedelta(minutes=15)


def session(sub: str = "sub-1", token: str = "canary-token") -> MemberSession:  # noqa: S107 - composed
    return MemberSession(
        sub=sub,
        profile=Profile(
            customer_number="00012345",
            first_name="Canary-First",
            last_name="Canary-Last",
            email="canary@example.test",
        ),
        member_number=None,
        profile_token=token,
        expires_at=NOON + dt.timedelta(hours=24),
    )


async def test_a_session_comes_back_as_it_was_kept(store: Store) -> None:
    await store.sessions.keep(session())
    assert await store.sessions.load("sub-1") == session()
    assert await store.sessions.load("sub-2") is None


async def test_the_last_session_counts_also_when_it_is_over(store: Store) -> None:
    await store.sessions.keep(session())
    over = session(token="newer")
    await store.sessions.keep(over)
    assert await store.sessions.load("sub-1") == over


async def test_nothing_of_a_session_is_readable_in_what_is_kept(store: Store) -> None:
    await store.sessions.keep(session())
    found = store.raw()
    assert b"sub-1" in found
    for canary in (b"canary-token", b"Canary-First", b"canary@example.test", b"00012345"):
        assert canary not in found


async def test_failures_are_counted_from_one_until_their_window_ends(store: Store) -> None:
    assert await store.attempts.count("key", NOON) == 0
    assert await store.attempts.add("key", NOON, WINDOW) == 1
    assert await store.attempts.add("key", SOON, WINDOW) == 2
    assert await store.attempts.count("key", SOON) == 2
    assert await store.attempts.ends_at("key", SOON) == AFTER
    assert await store.attempts.count("key", AFTER) == 0
    assert await store.attempts.ends_at("key", AFTER) is None
    assert await store.attempts.add("key", AFTER, WINDOW) == 1


async def test_of_failures_at_once_none_is_missed(store: Store) -> None:
    counts = await asyncio.gather(*(store.attempts.add("key", NOON, WINDOW) for _ in range(30)))
    assert sorted(counts) == list(range(1, 31))


async def test_what_is_taken_back_never_goes_below_none(store: Store) -> None:
    await store.attempts.take_back("key")
    await store.attempts.add("key", NOON, WINDOW)
    await store.attempts.take_back("key")
    await store.attempts.take_back("key")
    assert await store.attempts.count("key", NOON) == 0
    assert await store.attempts.add("key", NOON, WINDOW) == 1


async def test_a_cleared_count_starts_anew_and_leaves_its_neighbours(store: Store) -> None:
    await store.attempts.add("key", NOON, WINDOW)
    await store.attempts.add("other", NOON, WINDOW)
    await store.attempts.clear("key")
    assert await store.attempts.count("key", NOON) == 0
    assert await store.attempts.count("other", NOON) == 1
