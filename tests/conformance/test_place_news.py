"""What every store of news about places must do, whatever keeps it."""

import datetime as dt
from pathlib import Path

from bff.catalogue.place_news import KEPT, PlacesMoved
from tests.fake_clock import NOON
from tests.ledger_kinds import Store, dynamo_store, sqlite_store

DAY = dt.date(2026, 11, 24)
SECOND = dt.timedelta(seconds=1)
WINDOW = 15 * SECOND


def moved(
    name: str, at: dt.datetime = NOON, *, venue_id: str = "v_1", day: dt.date = DAY
) -> PlacesMoved:
    return PlacesMoved(id=name, venue_id=venue_id, day=day, at=at)


async def told(store: Store, at: dt.datetime = NOON) -> list[PlacesMoved]:
    found = await store.places.told(at - WINDOW, at + SECOND)
    return sorted(found, key=lambda each: each.id)


async def test_what_is_told_is_found_whole_and_at_once(store: Store) -> None:
    assert await told(store) == []
    news = moved("a", NOON + dt.timedelta(microseconds=123_456), venue_id="ahNz#fg")
    await store.places.tell(news)
    assert await told(store) == [news]


async def test_of_one_venues_day_the_latest_news_stand_for_all(store: Store) -> None:
    await store.places.tell(moved("a"))
    await store.places.tell(moved("b", NOON + SECOND))
    assert await told(store, NOON + SECOND) == [moved("b", NOON + SECOND)]


async def test_other_venues_and_other_days_have_news_of_their_own(store: Store) -> None:
    news = [
        moved("a"),
        moved("b", day=DAY + dt.timedelta(days=1)),
        moved("c", venue_id="v_2"),
    ]
    for each in news:
        await store.places.tell(each)
    assert await told(store) == news


async def test_a_look_finds_what_lies_between_its_two_ends(store: Store) -> None:
    ends = (NOON - WINDOW, NOON + SECOND)
    within = [moved(f"in {n}", at, venue_id=f"in {n}") for n, at in enumerate(ends)]
    beyond = [
        moved("old", ends[0] - SECOND, venue_id="old"),
        moved("ahead", ends[1] + SECOND, venue_id="ahead"),
    ]
    for each in (*within, *beyond):
        await store.places.tell(each)
    assert await told(store) == within


async def test_a_look_across_the_turn_of_a_minute_finds_both_sides(store: Store) -> None:
    minute = NOON.replace(minute=1, second=0)
    sides = [moved("a", minute - SECOND), moved("b", minute + SECOND, venue_id="v_2")]
    for each in sides:
        await store.places.tell(each)
    assert await told(store, minute + 2 * SECOND) == sides
    # A clock behind the teller's looks ahead of itself.
    assert sides[1] in await store.places.told(minute - WINDOW, minute + SECOND)


async def test_the_same_news_may_be_written_twice(store: Store) -> None:
    """As boto3 does, where an answer was lost."""
    for _ in range(2):
        await store.places.tell(moved("a"))
    assert await told(store) == [moved("a")]


async def test_old_news_go_with_the_next_ones_from_a_file(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await store.places.tell(moved("a", venue_id="v_2"))
        later = moved("b", NOON + KEPT + SECOND)
        await store.places.tell(later)
        assert await store.places.told(NOON, later.at) == [later]


async def test_old_news_go_by_a_tables_own_time_to_live(dynamodb: str) -> None:
    async with dynamo_store(dynamodb) as store:
        await store.places.tell(moved("a"))
        expires_at = int((NOON + KEPT).timestamp())
        assert f"'expires_at': {{'N': '{expires_at}'}}".encode() in store.raw()
