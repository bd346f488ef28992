"""availability, calendar: free times, their ids and prices, and the calls that they cost."""

import datetime as dt

import pytest

from clients.errors import NotSent
from resolvers.ids import global_id
from tests.fake_clock import NOON
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA, TODAY

MANY = """
query ($date: Date!, $size: Int!) {
  experiences { edges { node { id availability(date: $date, partySize: $size) {
    date partySize asOf isStale
    slots { id startsAt kind remaining durationMinutes price { amount currency points } }
  } } } }
}
"""
ONE = """
query ($id: ID!, $date: Date!, $size: Int!) {
  experience(id: $id) { name availability(date: $date, partySize: $size) { slots { id } } }
}
"""
CALENDAR = """
query ($id: ID!, $from: Date!, $days: Int!, $size: Int!) {
  experience(id: $id) {
    calendar(from: $from, days: $days, partySize: $size) { date slots { startsAt } }
  }
}
"""
MINE = global_id("Experience", "e003")
TOMORROW = str(TODAY + dt.timedelta(days=1))


async def test_twenty_experiences_on_one_date_cost_one_availability_call() -> None:
    front = Front()
    data = await front.data(MANY, date=TOMORROW, size=2)
    found = [edge["node"]["availability"] for edge in data["experiences"]["edges"]]
    assert [len(it["slots"]) for it in found] == [2] * 20
    assert dict(front.catalogue.calls) == {"view": 1, "days": 1}
    assert front.crm.calls["rates"] == 1


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (ONE, {"date": TOMORROW, "size": 2}),
        (CALENDAR, {"from": TOMORROW, "days": 3, "size": 2}),
    ],
)
async def test_a_member_is_shown_what_any_copy_sold_by_now_and_nobody_else_costs_a_look(
    query: str, asked: dict[str, object]
) -> None:
    front = Front()
    await front.data(query, id=MINE, **asked)
    assert front.places.looks == 0
    await front.data(query, ADA, id=MINE, **asked)
    assert front.places.looks == 1


async def test_each_date_and_party_size_costs_one_call_however_often_it_is_asked() -> None:
    front = Front()
    await front.data(
        """query ($d: Date!, $e: Date!) { experiences { edges { node {
             a: availability(date: $d, partySize: 2) { asOf }
             b: availability(date: $d, partySize: 2) { isStale }
             c: availability(date: $d, partySize: 3) { asOf }
             d: availability(date: $e, partySize: 2) { asOf }
           } } } }""",
        d=TOMORROW,
        e=str(TODAY),
    )
    assert front.catalogue.calls["days"] == 3


async def test_slots_come_earliest_first_with_the_venues_offset_and_a_signed_price() -> None:
    front = Front()
    data = await front.data(MANY, date="2026-11-30", size=3)
    day = data["experiences"]["edges"][0]["node"]["availability"]
    assert day["date"] == "2026-11-30"
    assert day["asOf"] == "2026-11-22T12:00:00+00:00"
    first, second = day["slots"]
    assert (first["startsAt"], second["startsAt"]) == (
        "2026-11-30T19:00:00+08:00",
        "2026-11-30T21:00:00+08:00",
    )
    assert first["price"] == {"amount": 30_000, "currency": "SGD", "points": 1000}
    assert first["id"] == "e000-19:00:00-1000"
    assert {now for _, _, now in front.slots.signed} == {NOON}


async def test_an_upstream_that_is_away_leaves_a_null_with_an_error_on_its_path() -> None:
    front = Front()
    front.catalogue.days_away = NotSent("sevenrooms", "availability")
    result = await front.ask(ONE, id=MINE, date=TOMORROW, size=2)
    assert result.data == {"experience": {"name": "Dinner 3", "availability": None}}
    assert result.errors is not None
    assert result.errors[0].path == ["experience", "availability"]
    assert (result.errors[0].extensions or {})["code"] == "UPSTREAM_UNAVAILABLE"


async def test_a_venue_of_which_nothing_is_known_fails_alone() -> None:
    front = Front()
    front.catalogue.unknown_venues = frozenset({"v1"})
    result = await front.ask(MANY, date=TOMORROW, size=2)
    assert result.data is not None
    days = [edge["node"]["availability"] for edge in result.data["experiences"]["edges"]]
    assert [day is None for day in days] == [n % 5 == 1 for n in range(20)]


async def test_slots_sell_for_money_while_the_crm_is_away() -> None:
    front = Front()
    front.crm.away = NotSent("memberson", "rates")
    data = await front.data(MANY, date=TOMORROW, size=2)
    found = data["experiences"]["edges"][0]["node"]["availability"]["slots"][0]
    assert found["price"] == {"amount": 20_000, "currency": "SGD", "points": None}
    assert {points for _, points, _ in front.slots.signed} == {None}


@pytest.mark.parametrize("size", [0, -1, 51])
async def test_a_party_out_of_bounds_is_bad_input(size: int) -> None:
    front = Front()
    assert await front.code(ONE, id=MINE, date=TOMORROW, size=size) == "BAD_USER_INPUT"
    assert front.catalogue.calls["days"] == 0


@pytest.mark.parametrize(("offset", "fine"), [(-2, False), (-1, True), (400, True), (401, False)])
async def test_days_from_yesterday_to_four_hundred_ahead_may_be_asked(
    *, offset: int, fine: bool
) -> None:
    front, day = Front(), str(TODAY + dt.timedelta(days=offset))
    result = await front.ask(ONE, id=MINE, date=day, size=2)
    assert (not result.errors) is fine
    result = await front.ask(CALENDAR, id=MINE, **{"from": day}, days=1, size=2)
    assert (not result.errors) is fine


@pytest.mark.parametrize("day", ["2026-1-1", "20261201", "2026-W49-1", "2026-02-30", "tomorrow", 5])
async def test_a_date_in_another_form_is_bad_input(day: object) -> None:
    assert await Front().code(ONE, id=MINE, date=day, size=2) == "BAD_USER_INPUT"


async def test_a_calendar_has_an_entry_a_day_and_costs_one_call() -> None:
    front = Front()
    data = await front.data(CALENDAR, id=MINE, **{"from": TOMORROW}, days=31, size=2)
    days = data["experience"]["calendar"]
    expected = [str(TODAY + dt.timedelta(days=n)) for n in range(1, 32)]
    assert [day["date"] for day in days] == expected
    assert all(len(day["slots"]) == 2 for day in days)
    assert front.catalogue.calls["range"] == 1


@pytest.mark.parametrize("days", [0, 32, -5])
async def test_a_calendar_of_more_than_a_month_is_bad_input(days: int) -> None:
    front = Front()
    code = await front.code(CALENDAR, id=MINE, **{"from": TOMORROW}, days=days, size=2)
    assert code == "BAD_USER_INPUT"
    assert front.catalogue.calls["range"] == 0


async def test_a_calendar_without_an_upstream_is_null_with_an_error() -> None:
    front = Front()
    front.catalogue.days_away = NotSent("sevenrooms", "range")
    result = await front.ask(CALENDAR, id=MINE, **{"from": TOMORROW}, days=2, size=2)
    assert result.data == {"experience": {"calendar": None}}


SIZES = range(1, 31)


async def test_one_request_makes_forty_availability_calls_at_most() -> None:
    front = Front()
    sizes = " ".join(f"a{n}: availability(date: $d, partySize: {n}) {{ asOf }}" for n in SIZES)
    query = "query ($d: Date!) { experiences(first: 100) { edges { node { SIZES } } } }"
    query = query.replace("SIZES", sizes)
    await front.ask(query, d=TOMORROW)
    assert front.catalogue.calls["days"] == 30
    front.catalogue.venues = 25
    await front.ask(
        """query ($d: Date!) { experiences(first: 100) { edges { node {
          a: calendar(from: $d, days: 1, partySize: 2) { asOf }
          b: calendar(from: $d, days: 2, partySize: 2) { asOf } } } } }""",
        d=TOMORROW,
    )
    assert front.catalogue.calls["range"] == 40


async def test_an_answer_has_five_thousand_rows_at_most() -> None:
    front = Front()
    query = """query ($d: Date!) { experiences(first: 100) { edges { node {
      calendar(from: $d, days: 31, partySize: 2) { slots { startsAt } } } } } }"""
    fine = await front.ask(query.replace("31", "30"), d=TOMORROW)
    assert not fine.errors
    front.catalogue.experiences = 80
    result = await front.ask(query, d=TOMORROW)
    assert result.errors is not None
    assert {(error.extensions or {})["code"] for error in result.errors} == {"LIMIT_EXCEEDED"}
