"""What the SevenRooms stand-in offers: shifts, rules, prices, zones and the limits of capacity."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sevenrooms_desk import ASK, CONCIERGE, SEED, Desk, guest, of, venue

DAY = "2027-06-18"
SINGAPORE, LONDON, TOKYO, TUSCANY, PERTH = (
    venue(slug)
    for slug in (
        "lantern-and-reed",
        "fourth-bell",
        "kumo-counter",
        "podere-vigna-lunga",
        "saltbush-exchange",
    )
)


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.sign_in()
    return desk


def times(slots: list[dict[str, Any]]) -> list[str]:
    return [slot["time"] for slot in slots]


async def test_a_shift_offers_each_rule_in_its_window_at_its_interval(desk: Desk) -> None:
    slots = of(await desk.slots(SINGAPORE, DAY), "lantern-chefs-table")
    assert times(slots) == ["6:30 PM", "7:00 PM", "7:30 PM", "8:00 PM", "8:30 PM"]
    first = slots[0]
    assert first["real_datetime_of_slot"] == "2027-06-18 18:30:00"
    assert (first["time_slot_iso"], first["time_display"]) == ("18:30:00", "6:30 pm")
    assert (first["sort_order"], first["type"], first["duration"]) == (50, "book", 90)
    assert first["pacing_covers_remaining"] == 20


async def test_a_paid_slot_adds_up_like_the_vendors_sample(desk: Desk) -> None:
    slot = of(await desk.slots(SINGAPORE, DAY), "lantern-chefs-table")[0]
    paid = slot["payments"]
    assert (paid["charge_type"], paid["cost"], paid["subtotal"]) == ("person", 180, 360)
    assert (paid["service_charge_amt"], paid["tax_amt"]) == (36, 35.64)
    assert (paid["pregratuity_total"], paid["mandated_gratuity_amt"]) == (431.64, None)
    assert of(await desk.slots(SINGAPORE, DAY), "lantern-garden-lunch")[0]["payments"] is None


async def test_a_flat_price_does_not_grow_with_the_party_and_yen_have_no_cents(desk: Desk) -> None:
    for party_size in (4, 8):
        slot = of(await desk.slots(SINGAPORE, DAY, party_size), "lantern-pavilion")[0]
        assert slot["payments"]["subtotal"] == 880
    yen = of(await desk.slots(TOKYO, DAY, 1), "kumo-sake-flight")[0]["payments"]
    assert [type(value) for value in (yen["subtotal"], yen["tax_amt"])] == [int, int]
    assert yen["pregratuity_total"] == 13750


async def test_paid_slots_and_options_are_only_told_to_who_supports_them(desk: Desk) -> None:
    unpaid = await desk.slots(SINGAPORE, DAY, supports_paid_reservations="false")
    rules = {(slot["payments"] or {}).get("cc_payment_rule") for slot in unpaid}
    assert rules == {None, "save_for_later"}
    plain = await desk.slots(SINGAPORE, DAY, supports_slot_options="false")
    assert len(times(plain)) == len(set(times(plain)))
    assert {slot["slot_title"] for slot in plain} == {None}


async def test_a_window_cuts_the_day_and_may_reach_past_midnight(desk: Desk) -> None:
    evening = await desk.slots(LONDON, DAY, start_time="19:00", end_time="20:00")
    assert set(times(evening)) == {"7:30 PM"}
    late = await desk.slots(LONDON, DAY, start_time="11:30 PM", end_time="00:30")
    assert list(dict.fromkeys(times(late))) == ["11:30 PM", "12:00 AM", "12:30 AM"]


async def test_after_midnight_belongs_to_the_business_day_before(desk: Desk) -> None:
    slots = of(await desk.slots(LONDON, DAY), "bell-midnight-supper")
    assert times(slots) == ["11:30 PM", "12:00 AM", "12:30 AM", "1:00 AM", "1:30 AM"]
    assert slots[-1]["real_datetime_of_slot"] == "2027-06-19 01:30:00"
    orders = [slot["sort_order"] for slot in slots]
    assert orders == sorted(orders)
    desk.clock.moment = dt.datetime(2027, 6, 19, 1, 10, tzinfo=ZoneInfo("Europe/London"))
    await desk.sign_in()
    assert times(await desk.slots(LONDON, DAY)) == ["1:30 AM"]
    booked = await desk.book(LONDON, DAY, slots[-1])
    assert booked.status_code == 200
    row = desk.state.books()["reservations"][0]
    assert (row["date"], row["starts_at"]) == (DAY, "2027-06-19T00:30:00+00:00")


async def test_the_hour_that_does_not_exist_has_no_slots(desk: Desk) -> None:
    desk.clock.moment = dt.datetime(2027, 3, 26, 12, tzinfo=dt.UTC)
    before, after = [
        times(of(await desk.slots(LONDON, day), "bell-midnight-supper"))
        for day in ("2027-03-26", "2027-03-27")
    ]
    assert set(before) - set(after) == {"1:00 AM", "1:30 AM"}


async def test_half_an_hour_of_summer_time_is_kept(desk: Desk) -> None:
    island = venue("kentia-house")
    for day, offset in (("2027-06-18", "10:30"), ("2027-12-18", "11:00")):
        slots = of(await desk.slots(island, day), "kentia-kingfish-night")
        slot = next(each for each in slots if each["type"] == "book")
        assert (await desk.book(island, day, slot)).status_code == 200
        starts_at = dt.datetime.fromisoformat(desk.state.books()["reservations"][-1]["starts_at"])
        local = dt.datetime.fromisoformat(slot["real_datetime_of_slot"]).replace(tzinfo=dt.UTC)
        assert str(local - starts_at)[:5].rstrip(":") == offset


async def test_the_past_is_not_offered_and_cutoffs_close_slots(desk: Desk) -> None:
    today = "2027-06-16"  # it is seven in the evening in Singapore
    assert "7:00 PM" not in times(await desk.slots(SINGAPORE, today))
    assert "7:30 PM" in times(await desk.slots(SINGAPORE, today))
    desk.clock.advance(30 * 60)
    assert "7:30 PM" not in times(await desk.slots(SINGAPORE, today))
    longboat, bangkok = "khlong-longboat-dinner", venue("khlong-house")
    assert of(await desk.slots(bangkok, today), longboat) == []  # six hours ahead at least
    assert of(await desk.slots(bangkok, "2027-06-17"), longboat) != []
    assert await desk.slots(SINGAPORE, "2028-12-01") == []


async def test_closed_days_say_so(desk: Desk) -> None:
    monday = {**ASK, "date": "2027-06-21", "party_size": "2"}
    path = f"{CONCIERGE}/venues/{TOKYO.id}/availability"
    (one,) = (await desk.get(f"{path}/dining", monday)).json()["data"]["availability"]
    assert (one["is_closed"], one["timeslots"]) == (True, [])
    found = (await desk.get(f"{path}/range", {**monday, "days_out": "2"})).json()["data"]["dates"]
    assert [each["is_closed"] for each in found.values()] == [True, False]
    assert list(found) == ["2027-06-21", "2027-06-22"]


async def test_an_on_request_venue_has_request_slots_only(desk: Desk) -> None:
    slots = await desk.slots(TUSCANY, DAY)
    assert {slot["type"] for slot in slots} == {"request"}
    assert {slot["access_persistent_id"] for slot in slots} == {None}
    assert {slot["is_requestable"] for slot in slots} == {True}
    assert of(slots, "vigna-cellar-walk")[0]["payments"]["pregratuity_total"] == 240
    assert await desk.slots(TUSCANY, DAY, 11) == []


async def test_a_full_seating_becomes_a_request_or_vanishes(desk: Desk) -> None:
    for house, slug, kinds in (
        (SINGAPORE, "lantern-chefs-table", ["request"]),
        (PERTH, "saltbush-fire-menu", []),
    ):
        slot = of(await desk.slots(house, DAY), slug)[0]
        body = {"venue_id": house.id, "date": DAY, "time": slot["time"], "remaining": 1}
        assert (await desk.control.post("/capacity", json=body)).status_code == 200
        left = [s for s in of(await desk.slots(house, DAY), slug) if s["time"] == slot["time"]]
        assert [each["type"] for each in left] == kinds


async def test_many_venues_are_one_call_and_agree_with_the_single_ones(desk: Desk) -> None:
    names = ",".join(each.id for each in SEED.venues) + ",unknown,,"
    asked = {**ASK, "date": DAY, "party_size": "2", "venue_ids": names}
    answer = await desk.get(f"{CONCIERGE}/availability/dining/venues", asked)
    told: dict[str, list[Any]] = {}
    for shift in answer.json()["data"]["availability"]:
        told.setdefault(shift["venue"]["id"], []).extend(shift["timeslots"])
    assert told == {each.id: await desk.slots(each, DAY) for each in SEED.venues}


async def test_what_is_kept_of_an_answer_follows_bookings_holds_and_the_clock(desk: Desk) -> None:
    async def remaining() -> int:
        slots = of(await desk.slots(SINGAPORE, DAY), "lantern-chefs-table")
        return int(slots[0]["pacing_covers_remaining"])

    slot = of(await desk.slots(SINGAPORE, DAY), "lantern-chefs-table")[0]
    seen = [await remaining()]
    await desk.hold(SINGAPORE, DAY, slot, 4)
    seen.append(await remaining())
    desk.clock.advance(300)
    seen.append(await remaining())
    booked = (await desk.book(SINGAPORE, DAY, slot, **guest(1))).json()["data"]["reservation_id"]
    seen.append(await remaining())
    await desk.send("DELETE", f"{CONCIERGE}/reservations/{booked}")
    seen.append(await remaining())
    assert seen == [20, 16, 20, 18, 20]
