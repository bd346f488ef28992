import asyncio
import datetime as dt

import pytest

from bff.booking.ledger_away import LedgerAway
from bff.catalogue import place_news
from bff.catalogue.place_news import DEAF_SECONDS, SKEW, PlacesKnown, PlacesMoved
from bff.gateways.catalogue import DAY_TTL_SECONDS
from tests.fake_clock import NOON, FakeClock
from tests.told_places import FakeNews
from tests.unit.booking.stage import NoAlternatives

DAY = dt.date(2026, 11, 24)
KEPT_SECONDS = 10.0


class Copy:
    """One copy of the BFF, as far as it knows of places; `forgotten` is what it asks anew."""

    def __init__(self, news: FakeNews, clock: FakeClock) -> None:
        self.catalogue = NoAlternatives()
        self.places = PlacesKnown(news, self.catalogue, clock, kept_seconds=KEPT_SECONDS)

    @property
    def forgotten(self) -> list[tuple[str, dt.date]]:
        return self.catalogue.forgotten


def two_copies() -> tuple[FakeNews, FakeClock, Copy, Copy]:
    news, clock = FakeNews(), FakeClock()
    return news, clock, Copy(news, clock), Copy(news, clock)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_one_copy_tells_another_forgets_once() -> None:
    _, clock, one, other = two_copies()
    await one.places.tell("v_1", DAY)
    for _ in range(3):
        await other.places.catch_up()
        clock.advance(1)
    assert other.forgotten == [("v_1", DAY)]


async def test_what_is_told_again_is_forgotten_again() -> None:
    _, _, one, other = two_copies()
    for _ in range(2):
        await one.places.tell("v_1", DAY)
        await other.places.catch_up()
    assert other.forgotten == [("v_1", DAY), ("v_1", DAY)]


async def test_news_of_its_own_hide_no_others_from_a_copy() -> None:
    _, _, one, other = two_copies()
    one.places.forget("v_1", DAY)
    await other.places.tell("v_1", DAY)
    await one.places.tell("v_1", DAY)
    await one.places.catch_up()
    assert one.forgotten == [("v_1", DAY), ("v_1", DAY)]


@pytest.mark.parametrize("skew", [-SKEW, dt.timedelta(), SKEW])
async def test_a_clock_that_is_off_loses_nothing_while_anything_older_may_be_shown(
    skew: dt.timedelta,
) -> None:
    news, clock = FakeNews(), FakeClock()
    wrong, early, late = Copy(news, FakeClock(NOON + skew)), Copy(news, clock), Copy(news, clock)
    await wrong.places.tell("v_1", DAY)
    await early.places.catch_up()
    assert early.forgotten == [("v_1", DAY)]
    clock.advance(KEPT_SECONDS)
    for right in (early, late):
        await right.places.catch_up()
        assert right.forgotten == [("v_1", DAY)]


async def test_however_many_ask_at_once_it_is_one_look() -> None:
    news, _, _, other = two_copies()
    await asyncio.gather(*(other.places.catch_up() for _ in range(50)))
    assert len(news.looks) == 1


async def test_who_asks_during_a_look_waits_for_one_that_begins_afterwards() -> None:
    news, _, one, other = two_copies()
    news.gate.clear()
    early = asyncio.create_task(other.places.catch_up())
    await settled()
    # The look under way has read already, and knows nothing of this.
    telling = asyncio.create_task(one.places.tell("v_1", DAY))
    late = [asyncio.create_task(other.places.catch_up()) for _ in range(50)]
    await settled()
    assert len(news.looks) == 1
    news.gate.set()
    await asyncio.gather(early, telling, *late)
    assert len(news.looks) == 2
    assert other.forgotten == [("v_1", DAY)]


async def test_one_who_leaves_takes_nobody_along() -> None:
    news, _, one, other = two_copies()
    await one.places.tell("v_1", DAY)
    news.gate.clear()
    impatient = asyncio.create_task(other.places.catch_up())
    patient = asyncio.create_task(other.places.catch_up())
    await settled()
    impatient.cancel()
    news.gate.set()
    await patient
    assert other.forgotten == [("v_1", DAY)]


async def test_a_ledger_that_is_away_fails_nobody_and_is_left_alone_for_a_moment(
    caplog: pytest.LogCaptureFixture,
) -> None:
    news, clock, one, other = two_copies()
    news.away = LedgerAway("canary of the ledger")
    await one.places.tell("v_1", DAY)
    for _ in range(3):
        await other.places.catch_up()
    assert len(news.looks) == 1
    assert [record.message for record in caplog.records] == ["places_not_told", "places_not_heard"]
    assert not any("canary" in repr(vars(record)) for record in caplog.records)
    news.away = None
    await one.places.tell("v_1", DAY)
    clock.advance(DEAF_SECONDS)
    await other.places.catch_up()
    assert other.forgotten == [("v_1", DAY)]


async def test_nobody_waits_for_a_ledger_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_news, "LONGEST_SECONDS", 0.01)
    news, _, one, other = two_copies()
    news.gate.clear()
    await one.places.tell("v_1", DAY)
    early = asyncio.create_task(other.places.catch_up())
    await settled()
    await asyncio.gather(early, other.places.catch_up())
    await other.places.catch_up()
    assert len(news.looks) == 1


async def test_a_failed_look_forgets_nothing_of_what_was_heard() -> None:
    news, clock, one, other = two_copies()
    await one.places.tell("v_1", DAY)
    await other.places.catch_up()
    news.away = LedgerAway("away")
    await other.places.catch_up()
    news.away = None
    clock.advance(DEAF_SECONDS)
    await other.places.catch_up()
    assert other.forgotten == [("v_1", DAY)]


def test_no_news_is_older_than_the_stores_keep_it() -> None:
    assert dt.timedelta(seconds=DAY_TTL_SECONDS) + 2 * SKEW < place_news.KEPT


def test_news_say_nothing_of_who_booked() -> None:
    assert set(PlacesMoved.__slots__) == {"id", "venue_id", "day", "at"}
