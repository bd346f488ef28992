"""Holds and reservations at the SevenRooms stand-in: a place is sold once."""

import asyncio
from typing import Any

import pytest

from sandbox.seed.model import Venue
from tests.sevenrooms_desk import CONCIERGE, GROUP, MEI, Desk, guest, of, venue

DAY = "2027-06-18"
SINGAPORE, TUSCANY = venue("lantern-and-reed"), venue("podere-vigna-lunga")


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.sign_in()
    return desk


async def first_slot(desk: Desk, house: Venue = SINGAPORE) -> dict[str, Any]:
    slots = await desk.slots(house, DAY)
    return next(slot for slot in slots if slot["type"] == "book" and slot["experience_id"])


async def room_for_one_party(desk: Desk) -> dict[str, Any]:
    slot = await first_slot(desk)
    body = {
        "venue_id": SINGAPORE.id,
        "shift_persistent_id": slot["shift_persistent_id"],
        "date": DAY,
        "time": slot["time"],
        "remaining": 2,
    }
    assert (await desk.control.post("/capacity", json=body)).status_code == 200
    return slot


async def test_of_many_buyers_of_one_place_one_holds_it(desk: Desk) -> None:
    slot = await room_for_one_party(desk)
    answers = await asyncio.gather(*(desk.hold(SINGAPORE, DAY, slot) for _ in range(50)))
    assert sorted(each.status_code for each in answers) == [200, *[409] * 49]


async def test_of_many_buyers_of_one_place_one_books_it(desk: Desk) -> None:
    slot = await room_for_one_party(desk)
    calls = (desk.book(SINGAPORE, DAY, slot, **guest(n)) for n in range(50))
    answers = await asyncio.gather(*calls)
    assert sorted(each.status_code for each in answers) == [200, *[409] * 49]
    books = desk.state.books()
    assert len(books["reservations"]) == 1
    assert all(each["reserved"] + each["held"] <= each["covers"] for each in books["seatings"])


async def test_the_holder_books_what_others_cannot_and_the_hold_is_used_up(desk: Desk) -> None:
    slot = await room_for_one_party(desk)
    held = (await desk.hold(SINGAPORE, DAY, slot)).json()["data"]["reservation_hold_id"]
    assert (await desk.book(SINGAPORE, DAY, slot, **guest(1))).status_code == 409
    booked = await desk.book(SINGAPORE, DAY, slot, reservation_hold_id=held, external_id="bk-1")
    assert booked.status_code == 200
    books = desk.state.books()
    assert [each["status"] for each in books["holds"]] == ["BOOKED"]
    (row,) = books["reservations"]
    assert (row["external_id"], row["hold_id"], row["party_size"]) == ("bk-1", held, 2)
    assert row["experience_id"] == slot["experience_id"]


async def test_a_hold_ends_by_the_clock_and_gives_its_place_back(desk: Desk) -> None:
    slot = await room_for_one_party(desk)
    held = (await desk.hold(SINGAPORE, DAY, slot, hold_wait_time_sec="60")).json()["data"]
    desk.clock.advance(59)
    assert (await desk.hold(SINGAPORE, DAY, slot)).status_code == 409
    desk.clock.advance(1)
    assert (await desk.book(SINGAPORE, DAY, slot, **guest(1))).status_code == 200
    late = await desk.book(SINGAPORE, DAY, slot, reservation_hold_id=held["reservation_hold_id"])
    assert late.status_code == 409
    assert [each["status"] for each in desk.state.books()["holds"]] == ["EXPIRED"]


async def test_a_released_hold_gives_its_place_back_once(desk: Desk) -> None:
    slot = await room_for_one_party(desk)
    held = (await desk.hold(SINGAPORE, DAY, slot)).json()["data"]["reservation_hold_id"]
    path = f"{CONCIERGE}/venues/{SINGAPORE.id}/holds/{held}/release"
    form = {"date": DAY, "shift_persistent_id": slot["shift_persistent_id"]}
    wrong = await desk.send("POST", path, {**form, "date": "2027-06-19"})
    answers = [await desk.send("POST", path, form) for _ in range(2)]
    assert [each.status_code for each in (wrong, *answers)] == [404, 200, 404]
    assert "data" not in answers[0].json()
    assert (await desk.hold(SINGAPORE, DAY, slot)).status_code == 200


async def test_rules_of_one_shift_share_its_covers(desk: Desk) -> None:
    slots = await desk.slots(SINGAPORE, DAY)
    table, pepper = (
        next(s for s in of(slots, slug) if s["time"] == "7:30 PM")
        for slug in ("lantern-chefs-table", "lantern-pepper-and-wine")
    )
    for n in range(5):
        await desk.book(SINGAPORE, DAY, table, 4, **guest(n))
    assert (await desk.book(SINGAPORE, DAY, pepper, **guest(9))).status_code == 409


async def test_a_second_booking_of_a_guest_on_a_day_is_refused_unless_bypassed(desk: Desk) -> None:
    slot = await first_slot(desk)
    answers = [
        await desk.book(SINGAPORE, DAY, slot),
        await desk.book(SINGAPORE, DAY, slot),
        await desk.book(SINGAPORE, DAY, slot, bypass_duplicate_reservation_check="true"),
        await desk.book(SINGAPORE, "2027-06-19", slot),
    ]
    await desk.control.post("/switches", json={"duplicate_check": False})
    answers.append(await desk.book(SINGAPORE, DAY, slot))
    assert [each.status_code for each in answers] == [200, 409, 200, 200, 200]


async def test_a_cancelled_booking_is_no_duplicate(desk: Desk) -> None:
    slot = await first_slot(desk)
    first = (await desk.book(SINGAPORE, DAY, slot)).json()["data"]["reservation_id"]
    await desk.send("DELETE", f"{CONCIERGE}/reservations/{first}")
    assert (await desk.book(SINGAPORE, DAY, slot)).status_code == 200


async def test_no_slot_is_409_unless_availability_is_bypassed(desk: Desk) -> None:
    slot = {**await first_slot(desk), "time": "3:33 AM"}
    assert (await desk.book(SINGAPORE, DAY, slot)).status_code == 409
    bypassed = await desk.book(SINGAPORE, DAY, slot, bypass_availability="true")
    assert bypassed.status_code == 200
    request_slot = (await desk.slots(TUSCANY, DAY))[0]
    assert (await desk.book(TUSCANY, DAY, request_slot)).status_code == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("last_name", ""),
        ("phone", "80000001"),
        ("phone", "+65 8000 0001"),
        ("email", "nobody"),
        ("date", "18.06.2027"),
        ("time", "noon"),
        ("party_size", "1.5"),
        ("payment_subtotal", "12.50"),
        ("reservation_id", "whatever"),
        ("bypass_availability", "perhaps"),
    ],
)
async def test_a_bad_field_of_a_booking_is_400_and_books_nothing(
    desk: Desk, field: str, value: str
) -> None:
    form: dict[str, Any] = {field: value}
    answer = await desk.book(SINGAPORE, DAY, await first_slot(desk), **form)
    assert answer.status_code == 400
    assert desk.state.books()["reservations"] == []


@pytest.mark.parametrize("time", ["6:30 PM", "18:30", "06:30pm", "18:30:00"])
async def test_a_time_may_be_written_in_several_ways(desk: Desk, time: str) -> None:
    slot = of(await desk.slots(SINGAPORE, DAY), "lantern-chefs-table")[0]
    assert (await desk.book(SINGAPORE, DAY, {**slot, "time": time})).status_code == 200


async def test_a_reservation_is_found_by_id_code_and_our_own_reference(desk: Desk) -> None:
    slot = await first_slot(desk)
    booked = await desk.book(SINGAPORE, DAY, slot, external_id="bk-1", external_user_id="sub-1")
    name = booked.json()["data"]["reservation_id"]
    row = (await desk.get(f"{CONCIERGE}/reservations/{name}")).json()["data"]
    assert len(row["reference_code"]) == 7
    for path in (
        f"{CONCIERGE}/reservations/{row['reference_code']}",
        f"{GROUP}/reservations/{name}",
        f"{GROUP}/reservations/bk-1",
    ):
        assert (await desk.get(path)).json()["data"] == row
    assert (await desk.get(f"{CONCIERGE}/reservations/bk-1")).status_code == 400


async def test_the_search_filters_by_what_it_is_given(desk: Desk) -> None:
    slot = await first_slot(desk)
    await desk.book(SINGAPORE, DAY, slot, external_id="mei")
    await desk.book(SINGAPORE, "2027-06-20", slot, **guest(1), external_id="guest")
    gone = await desk.book(SINGAPORE, "2027-06-21", slot, **guest(1), external_id="gone")
    name = gone.json()["data"]["reservation_id"]
    await desk.send("DELETE", f"{CONCIERGE}/reservations/{name}")

    async def found(**query: str) -> list[str]:
        data = (await desk.get(f"{GROUP}/reservations", query)).json()["data"]
        return [row["external_id"] for row in data["results"]]

    assert await found() == ["mei", "guest", "gone"]
    assert await found(phone_number="+65 8000-0001") == ["mei"]
    assert await found(name="mei  TAN") == ["mei"]
    assert await found(from_date="2027-06-19", to_date="2027-06-20") == ["guest"]
    assert await found(status="CANCELED") == ["gone"]
    assert await found(concierge_id="another") == []
    assert await found(limit="1", cursor="1") == ["guest"]


async def test_cancelling_has_the_vendors_words(desk: Desk) -> None:
    slot = of(await desk.slots(SINGAPORE, DAY), "lantern-chefs-table")[0]
    names = [
        (await desk.book(SINGAPORE, DAY, slot, **guest(n))).json()["data"]["reservation_id"]
        for n in range(2)
    ]

    async def cancel(name: str) -> Any:
        return (await desk.send("DELETE", f"{CONCIERGE}/reservations/{name}")).json()

    desk.clock.advance(23 * 3600 + 29 * 60)  # one minute before the last day begins
    texts = [await cancel(names[0]), await cancel(names[0])]
    desk.clock.advance(60)
    texts.append(await cancel(names[1]))
    assert texts[0]["data"] == {"reservation_id": names[0]}
    assert [each.get("msg") for each in texts[1:]] == [
        "Reservation has already been cancelled.",
        "Reservation cannot be modified after the cancellation cut-off time",
    ]
    statuses = [row["status_code"] for row in desk.state.books()["reservations"]]
    assert statuses == ["CANCELED", "RESERVED"]


async def test_the_venue_may_mark_a_reservation_with_any_word(desk: Desk) -> None:
    booked = await desk.book(SINGAPORE, DAY, await first_slot(desk))
    name = booked.json()["data"]["reservation_id"]
    body = {"status_code": "CUSTOM_STATUS_3"}
    assert (await desk.control.post(f"/reservations/{name}/status", json=body)).status_code == 200
    row = (await desk.get(f"{CONCIERGE}/reservations/{name}")).json()["data"]
    assert (row["status_code"], row["status"]) == ("CUSTOM_STATUS_3", "Custom Status 3")
    assert (await desk.control.post("/reservations/none/status", json=body)).status_code == 404


async def test_a_reset_forgets_everything_but_the_seed(desk: Desk) -> None:
    slot = await first_slot(desk)
    await desk.book(SINGAPORE, DAY, slot)
    await desk.hold(SINGAPORE, DAY, slot)
    asked = {**MEI, "date": DAY, "party_size": "2", "time": "7:30 PM"}
    await desk.send("PUT", f"{CONCIERGE}/venues/{TUSCANY.id}/request", asked)
    assert len(desk.state.books()["requests"]) == 1
    desk.state.reset()
    books = desk.state.books()
    assert [books[name] for name in ("reservations", "holds", "requests", "seatings")] == [[]] * 4
    assert (await desk.get(f"{CONCIERGE}/venues")).status_code == 401
    await desk.sign_in()
    assert (await first_slot(desk))["pacing_covers_remaining"] == 16
