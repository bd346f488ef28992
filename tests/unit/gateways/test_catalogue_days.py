import datetime as dt
from typing import Any

import pytest

from bff.catalogue.model import SlotKind
from bff.money import Money
from clients.errors import UpstreamError
from tests.catalogue_rig import DAY, MANY, RANGE, catalogue, down, slot, times, two_venues
from tests.fake_clock import FakeClock
from tests.sevenrooms_wire import Wire, says


@pytest.fixture
def wire() -> Wire:
    return two_venues()


async def test_free_times_of_all_venues_are_one_call_and_then_none(wire: Wire) -> None:
    async with catalogue(wire) as known:
        days = await known.days(["v_1", "v_2", "v_1", "v_unknown"], DAY, 2)
        await known.days(["v_2"], DAY, 2)
    assert len(wire.calls("GET", MANY)) == 1
    assert wire.query("GET", MANY)["venue_ids"] == "v_1,v_2"
    assert set(days) == {"v_1", "v_2"}
    assert [len(day.slots) for day in days.values()] == [1, 0]


async def test_a_slot_says_everything_that_booking_needs(wire: Wire) -> None:
    paid = slot(
        21,
        duration=90,
        pacing_covers_remaining="6",
        cancellation_policy="24 hours",
        payments={"cc_payment_rule": "advanced_payment", "pregratuity_total": 360.5},
    )
    wire.on("GET", MANY, says({"availability": [times(paid)]}))
    async with catalogue(wire) as known:
        (found,) = (await known.days(["v_1"], DAY, 2))["v_1"].slots
    assert found.starts_at.isoformat() == "2026-11-22T21:00:00+08:00"
    assert (found.day, found.time_text, found.party_size) == (DAY, "9:00 PM", 2)
    assert (found.kind, found.experience_id) == (SlotKind.INSTANT, "e_1")
    assert found.price == Money(36050, "SGD")
    assert (found.duration_minutes, found.remaining) == (90, 6)
    assert found.access_persistent_id == "v_1-access-21"
    assert found.cancellation_policy == "24 hours"


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "waitlist"},
        {"type": None},
        {"is_held": True},
        {"is_held": True, "pacing_covers_remaining": 1},
        {"access_persistent_id": None},
        {"shift_persistent_id": None},
        {"real_datetime_of_slot": None, "time": None},
        {"real_datetime_of_slot": f"{DAY} 19:59:00"},
        {"payments": {"cc_payment_rule": "advanced_payment", "require_credit_card": True}},
    ],
)
async def test_a_time_that_cannot_be_booked_is_not_shown(
    wire: Wire, fields: dict[str, Any]
) -> None:
    wire.on("GET", MANY, says({"availability": [times(slot(21, **fields), slot(22))]}))
    async with catalogue(wire) as known:
        (found,) = (await known.days(["v_1"], DAY, 2))["v_1"].slots
    assert found.time_text == "10:00 PM"


async def test_anothers_hold_does_not_hide_the_room_that_is_left(wire: Wire) -> None:
    held = slot(21, is_held=True, pacing_covers_remaining=2)
    wire.on("GET", MANY, says({"availability": [times(held)]}))
    async with catalogue(wire) as known:
        assert len((await known.days(["v_1"], DAY, 2))["v_1"].slots) == 1


async def test_a_request_needs_no_access_id(wire: Wire) -> None:
    wished = slot(21, type="request", access_persistent_id=None, shift_persistent_id=None)
    wire.on("GET", MANY, says({"availability": [times(wished)]}))
    async with catalogue(wire) as known:
        (found,) = (await known.days(["v_1"], DAY, 2))["v_1"].slots
    assert found.kind is SlotKind.ON_REQUEST


async def test_slots_come_in_the_order_of_time_each_once_and_none_when_closed(wire: Wire) -> None:
    rows = [slot(23), slot(21), slot(21), slot(21, access_persistent_id="other"), slot(22)]
    wire.on("GET", MANY, says({"availability": [times(*rows)]}))
    async with catalogue(wire) as known:
        found = (await known.days(["v_1"], DAY, 2))["v_1"].slots
        assert [item.starts_at.hour for item in found] == [21, 21, 22, 23]
        wire.on("GET", MANY, says({"availability": [{**times(slot(21)), "is_closed": True}]}))
        assert (await known.days(["v_1"], DAY, 2, fresh=True))["v_1"].slots == ()


async def test_the_last_free_times_are_shown_as_stale_for_an_hour_without_the_past(
    wire: Wire,
) -> None:
    clock = FakeClock()
    rows = [slot(21), slot(22), slot(20, real_datetime_of_slot=f"{DAY} 20:30:00")]
    wire.on("GET", MANY, says({"availability": [times(*rows)]}))
    async with catalogue(wire, clock) as known:
        fresh = (await known.days(["v_1"], DAY, 2))["v_1"]
        down(wire)
        clock.advance(45 * 60)
        stale = (await known.days(["v_1"], DAY, 2))["v_1"]
        clock.advance(30 * 60)
        with pytest.raises(UpstreamError):
            await known.days(["v_1"], DAY, 2)
    assert (len(fresh.slots), fresh.is_stale) == (3, False)
    assert ([item.starts_at.hour for item in stale.slots], stale.is_stale) == ([21, 22], True)
    assert stale.as_of == fresh.as_of


async def test_asking_afresh_skips_the_cache_and_fills_it(wire: Wire) -> None:
    async with catalogue(wire) as known:
        await known.days(["v_1"], DAY, 2)
        wire.on("GET", MANY, says({"availability": []}))
        assert (await known.days(["v_1"], DAY, 2, fresh=True))["v_1"].slots == ()
        assert (await known.days(["v_1"], DAY, 2))["v_1"].slots == ()
    assert len(wire.calls("GET", MANY)) == 2


async def test_asking_afresh_never_answers_what_is_old(wire: Wire) -> None:
    async with catalogue(wire) as known:
        await known.days(["v_1"], DAY, 2)
        down(wire)
        with pytest.raises(UpstreamError):
            await known.days(["v_1"], DAY, 2, fresh=True)


async def test_a_day_on_which_a_place_was_sold_is_asked_again(wire: Wire) -> None:
    async with catalogue(wire) as known:
        await known.days(["v_1", "v_2"], DAY, 2)
        await known.days(["v_1"], DAY, 4)
        known.forget("v_1", DAY)
        await known.days(["v_1", "v_2"], DAY, 2)
        await known.days(["v_1"], DAY, 4)
    asked = [dict(each.url.params) for each in wire.calls("GET", MANY)]
    assert [(each["venue_ids"], each["party_size"]) for each in asked] == [
        ("v_1,v_2", "2"),
        ("v_1", "4"),
        ("v_1", "2"),
        ("v_1", "4"),
    ]


async def test_a_range_is_one_call_with_a_day_for_each_date_in_order(wire: Wire) -> None:
    late = slot(21, real_datetime_of_slot="2026-11-25 00:30:00")
    dates = {"2026-11-24": {"timeslots": [late]}, "2026-11-22": {"timeslots": [slot(21)]}}
    wire.on("GET", RANGE, says({"dates": dates}))
    async with catalogue(wire) as known:
        days = await known.range("v_1", DAY, 4, 2)
        again = await known.range("v_1", DAY, 4, 2)
        assert await known.range("v_unknown", DAY, 4, 2) == ()
    assert [day.day.day for day in days] == [22, 23, 24, 25]
    assert [len(day.slots) for day in days] == [1, 0, 1, 0]
    assert days[2].slots[0].starts_at.isoformat() == "2026-11-25T00:30:00+08:00"
    assert again == days
    assert len(wire.calls("GET", RANGE)) == 1
    assert wire.query("GET", RANGE)["days_out"] == "4"


async def test_a_range_asks_only_for_the_days_that_are_not_known(wire: Wire) -> None:
    wire.on("GET", RANGE, says({"dates": {}}))
    async with catalogue(wire) as known:
        await known.days(["v_1"], DAY, 2)
        assert len(await known.range("v_1", DAY, 3, 2)) == 3
    query = wire.query("GET", RANGE)
    assert (query["date"], query["days_out"]) == ("2026-11-23", "2")


async def test_a_range_ends_with_the_calendar(wire: Wire) -> None:
    wire.on("GET", RANGE, says({"dates": {}}))
    async with catalogue(wire) as known:
        assert len(await known.range("v_1", dt.date.max, 31, 2)) == 1


async def test_a_day_that_was_sold_from_is_shown_as_stale_while_upstream_is_away(
    wire: Wire,
) -> None:
    async with catalogue(wire) as known:
        await known.days(["v_1"], DAY, 2)
        known.forget("v_1", DAY)
        down(wire)
        assert (await known.days(["v_1"], DAY, 2))["v_1"].is_stale
