import datetime as dt
import logging
from decimal import Decimal
from typing import Any

import httpx
import pytest

from clients.errors import Malformed
from clients.sevenrooms.models.availability import Timeslot
from clients.sevenrooms.models.bookings import Request, Reservation
from clients.sevenrooms.models.places import Photo, Venue
from clients.sevenrooms.read import MAX_PAGES, ReservationQuery
from tests.sevenrooms_wire import CONCIERGE, GROUP, Wire, reading, says

DAY = dt.date(2025, 3, 8)
VENUES = CONCIERGE + "/venues"
MANY = CONCIERGE + "/availability/dining/venues"
ONE = CONCIERGE + "/venues/v_1/availability/dining"
RANGE = CONCIERGE + "/venues/v_1/availability/range"
RESERVATIONS = GROUP + "/reservations"


async def test_venues_follow_the_cursor_that_lies_beside_the_data() -> None:
    wire = Wire()
    wire.on("GET", VENUES, says([{"id": "v_1"}], cursor=400), says([{"id": "v_2"}], cursor=None))
    async with reading(wire) as reads:
        assert [venue.id for venue in await reads.venues()] == ["v_1", "v_2"]
    assert wire.query("GET", VENUES) == {"limit": "400", "cursor": "400"}


async def test_a_cursor_that_leads_in_a_circle_is_not_followed_for_ever() -> None:
    wire = Wire()
    wire.on("GET", VENUES, says([{"id": "v_1"}], cursor=7))
    async with reading(wire) as reads:
        await reads.venues()
    assert len(wire.requests) == 2
    wire.on("GET", RESERVATIONS, *(says({"results": [], "cursor": n}) for n in range(1, 99)))
    async with reading(wire) as reads:
        await reads.reservations(ReservationQuery(from_date=DAY, to_date=DAY))
    assert len(wire.calls("GET", RESERVATIONS)) == MAX_PAGES


async def test_a_venue_keeps_the_largest_finished_picture() -> None:
    row = {
        "id": "v_1",
        "name": " Quay ",
        "currency_code": "SGD",
        "photos": [
            {"large": "https://a/l.jpg", "large_width": "505", "large_height": 310, "raw": "x"},
            {"large": None, "raw": "https://a/r.jpg"},
            {"large": None},
            None,
        ],
    }
    venue = Venue.parse(row)
    assert venue is not None
    assert venue.name == "Quay"
    assert venue.photos == (
        Photo(url="https://a/l.jpg", width=505, height=310),
        Photo(url="https://a/r.jpg"),
    )


async def test_experiences_come_with_the_hero_image_first() -> None:
    wire = Wire()
    row = {
        "id": 17,
        "name": "Tasting",
        "sort_order": "3",
        "is_featured": "true",
        "hero_image": {"photo_dict": {"raw": "https://a/hero.jpg"}},
        "image_list": [
            {"photo_dict": {"raw": "https://a/1.jpg"}},
            {"photo_dict": None},
            {"photo_dict": {"raw": "https://a/hero.jpg"}},
        ],
    }
    wire.on("GET", "/experiences/v_1", says({"experience": [row]}))
    async with reading(wire) as reads:
        (experience,) = await reads.experiences("v_1")
    assert (experience.id, experience.sort_order, experience.is_featured) == ("17", 3, True)
    assert [photo.url for photo in experience.photos] == ["https://a/hero.jpg", "https://a/1.jpg"]


async def test_a_bad_row_is_dropped_and_told_without_its_contents(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire = Wire()
    rows = [{"id": "v_1"}, {"id": None, "name": "Secret Garden"}, "nonsense", None]
    wire.on("GET", VENUES, says(rows))
    with caplog.at_level(logging.WARNING):
        async with reading(wire) as reads:
            assert len(await reads.venues()) == 1
    assert "3 of 4 rows dropped" in caplog.text
    assert "Secret" not in caplog.text


async def test_availability_of_many_venues_is_one_call_for_the_whole_business_day() -> None:
    wire = Wire()
    slot = {"type": "book", "time_slot": "5:00 PM", "real_datetime_of_slot": "2025-03-08 17:00:00"}
    rows = [
        {"venue": {"id": "v_1"}, "timeslots": [slot]},
        {"venue": {"_id": "v_2"}, "timeslots": None},
        {"venue": None, "timeslots": [slot]},
    ]
    wire.on("GET", MANY, says({"availability": rows}))
    async with reading(wire) as reads:
        found = await reads.availability_of_many(["v_1", "v_2"], DAY, 2)
    assert wire.query("GET", MANY) == {
        "venue_ids": "v_1,v_2",
        "date": "2025-03-08",
        "start_time": "00:00",
        "end_time": "23:59",
        "party_size": "2",
        "supports_paid_reservations": "true",
        "supports_slot_options": "true",
    }
    assert [(item.venue_id, len(item.timeslots)) for item in found] == [("v_1", 1), ("v_2", 0)]
    assert found[0].timeslots[0].time == "5:00 PM"


async def test_no_content_means_nothing_free() -> None:
    wire = Wire()
    wire.on("GET", MANY, httpx.Response(204))
    wire.on("GET", ONE, httpx.Response(204))
    async with reading(wire) as reads:
        assert await reads.availability_of_many(["v_1"], DAY, 2) == ()
        assert (await reads.availability("v_1", DAY, 2)).timeslots == ()


async def test_a_range_is_keyed_by_business_day() -> None:
    wire = Wire()
    slot = {"type": "book", "time": "5:00 PM"}
    dates = {
        "2025-03-08": {"timeslots": [slot]},
        "2025-03-09": {"timeslots": None, "is_closed": True},
        "someday": {"timeslots": [slot]},
        "2025-03-10": None,
    }
    wire.on("GET", RANGE, says({"dates": dates, "venue": {"id": "v_1"}}))
    async with reading(wire) as reads:
        found = await reads.availability_range("v_1", DAY, 3, 2)
    assert {day.day: len(item.timeslots) for day, item in found.items()} == {8: 1, 9: 0, 10: 0}
    assert wire.query("GET", RANGE)["days_out"] == "3"


async def test_slot_money_keeps_its_decimals_exactly() -> None:
    slot = Timeslot.parse({"payments": {"pregratuity_total": "60.10", "cost": 10}})
    assert slot.payments is not None
    assert slot.payments.pregratuity_total == Decimal("60.10")
    wire = Wire()
    body = b'{"status":200,"data":{"availability":[{"timeslots":['
    body += b'{"time":"7 PM","payments":{"cost":0.1}}]}]}}'
    wire.on("GET", ONE, httpx.Response(200, content=body))
    async with reading(wire) as reads:
        (read,) = (await reads.availability("v_1", DAY, 2)).timeslots
    assert read.payments is not None
    assert read.payments.cost == Decimal("0.1")


async def test_a_reservation_search_says_what_is_asked_for_and_follows_pages() -> None:
    wire = Wire()
    pages = [
        {"results": [{"id": "r_1"}], "cursor": 1, "limit": 400},
        {"results": [{"id": "r_2"}], "cursor": None, "limit": 400},
    ]
    wire.on("GET", RESERVATIONS, *(says(page) for page in pages))
    query = ReservationQuery(from_date=DAY, to_date=DAY, phone_number="+6580000000")
    async with reading(wire) as reads:
        found = await reads.reservations(query)
    assert [item.id for item in found] == ["r_1", "r_2"]
    assert wire.query("GET", RESERVATIONS) == {
        "from_date": "2025-03-08",
        "to_date": "2025-03-08",
        "phone_number": "+6580000000",
        "limit": "400",
        "cursor": "1",
    }


@pytest.mark.parametrize("data", [None, {}, {"results": None}, {"results": "none"}, "none"])
async def test_no_reservation_is_never_read_out_of_a_broken_answer(data: Any) -> None:
    wire = Wire()
    wire.on("GET", RESERVATIONS, says(data))
    async with reading(wire) as reads:
        with pytest.raises(Malformed):
            await reads.reservations(ReservationQuery(from_date=DAY, to_date=DAY))


@pytest.mark.parametrize("row", [None, {}, {"id": None}, {"id": 79}, {"external_id": "bk1"}])
async def test_who_needs_every_row_is_not_answered_without_one_that_cannot_be_told(
    row: Any,
) -> None:
    wire = Wire()
    wire.on("GET", RESERVATIONS, says({"results": [{"id": "r_1"}, row]}))
    wire.on("GET", "/requests", says([{"id": "q_1"}, row]))
    query = ReservationQuery(from_date=DAY, to_date=DAY)
    async with reading(wire) as reads:
        assert [item.id for item in await reads.reservations(query)] == ["r_1"]
        with pytest.raises(Malformed, match="say nothing"):
            await reads.reservations(query, every_row=True)
        with pytest.raises(Malformed, match="say nothing"):
            await reads.requests("v_1", DAY, DAY)


@pytest.mark.parametrize("answer", [{}, {"data": {}}, {"data": None}, {"data": []}])
async def test_an_answer_without_its_list_does_not_mean_that_there_is_nothing(answer: Any) -> None:
    wire = Wire()
    for path in (ONE, MANY, RANGE, "/experiences/v_1"):
        wire.on("GET", path, httpx.Response(200, json=answer))
    async with reading(wire) as reads:
        for asked in (
            reads.availability("v_1", DAY, 2),
            reads.availability_of_many(["v_1"], DAY, 2),
            reads.availability_range("v_1", DAY, 1, 2),
            reads.experiences("v_1"),
        ):
            with pytest.raises(Malformed):
                await asked


@pytest.mark.parametrize("slots", [{"0": {"time": "5 PM"}}, {}, "5 PM", [None], [{"time": None}]])
async def test_one_day_that_says_nothing_spoils_its_range(slots: Any) -> None:
    wire = Wire()
    dates = {"2025-03-08": {"timeslots": []}, "2025-03-09": {"timeslots": slots}}
    wire.on("GET", RANGE, says({"dates": dates}))
    async with reading(wire) as reads:
        with pytest.raises(Malformed, match="days that say nothing"):
            await reads.availability_range("v_1", DAY, 2, 2)


async def test_free_times_of_nulls_do_not_mean_that_nothing_is_free() -> None:
    wire = Wire()
    slots = [{"time": None, "time_slot_iso": None, "payments": None}]
    wire.on("GET", ONE, says({"availability": [{"timeslots": slots}]}))
    wire.on("GET", MANY, says({"availability": [{"venue": {"id": None}, "timeslots": None}]}))
    wire.on("GET", RANGE, says({"dates": {DAY.isoformat(): {"timeslots": slots}}}))
    async with reading(wire) as reads:
        for asked in (
            reads.availability("v_1", DAY, 2),
            reads.availability_of_many(["v_1"], DAY, 2),
            reads.availability_range("v_1", DAY, 1, 2),
        ):
            with pytest.raises(Malformed, match="say nothing"):
                await asked


def test_a_reservation_keeps_unknown_statuses_as_text_and_hides_the_guest() -> None:
    row = {
        "id": "r_1",
        "status": "Waiting for the moon",
        "status_code": None,
        "max_guests": "2",
        "external_id": 815,
        "date": "2025-03-08",
        "created": "2025-03-01T10:00:00.5",
        "first_name": "Mei",
        "email": "mei@example.test",
        "phone_number": "+6580000000",
        "deleted": None,
    }
    reservation = Reservation.parse(row)
    assert reservation is not None
    assert reservation.statuses == ("Waiting for the moon",)
    assert (reservation.external_id, reservation.max_guests) == ("815", 2)
    assert reservation.created == dt.datetime(2025, 3, 1, 10, 0, 0, 500000, tzinfo=dt.UTC)
    assert not reservation.is_deleted
    assert "Mei" not in repr(reservation)
    assert "mei@" not in repr(reservation)
    assert "8000" not in repr(reservation)


@pytest.mark.parametrize(
    ("deleted", "is_deleted"),
    [(None, False), (False, False), ("", False), (True, True), ("2025-03-02T08:01:40", True)],
)
def test_deleted_is_a_truth_value_or_an_instant(deleted: object, *, is_deleted: bool) -> None:
    request = Request.parse({"id": "q_1", "deleted": deleted})
    assert request is not None
    assert request.is_deleted is is_deleted


async def test_a_single_object_without_an_id_is_malformed() -> None:
    wire = Wire()
    wire.on("GET", VENUES + "/v_1", says({"name": "Quay"}))
    wire.on("GET", CONCIERGE + "/reservations/r_1", says(None))
    wire.on("GET", VENUES + "/v_1/request/q_1", says([]))
    async with reading(wire) as reads:
        for call in (reads.venue("v_1"), reads.reservation("r_1"), reads.request("v_1", "q_1")):
            with pytest.raises(Malformed):
                await call


@pytest.mark.parametrize("data", [{"results": [{"id": "q_1"}]}, [{"request_id": "q_1"}]])
async def test_the_proposed_request_list_is_read_in_both_list_shapes(data: Any) -> None:
    wire = Wire()
    wire.on("GET", "/requests", says(data))
    async with reading(wire) as reads:
        assert [item.id for item in await reads.requests("v_1", DAY, DAY)] == ["q_1"]
