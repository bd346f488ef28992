"""me.bookings, booking, node, bookingChanged: a member's own, and nobody else's."""

import datetime as dt
from typing import Any

import pytest

from bff.booking.model import PaymentStatus, Status
from bff.booking.view import PaymentView
from clients.errors import NotSent
from resolvers.ids import global_id
from tests.unit.resolvers.front import SCHEMA, Front
from tests.unit.resolvers.samples import ADA, BOB, booking

LIST = """query ($first: Int, $after: String, $filter: BookingFilter) {
  me { bookings(first: $first, after: $after, filter: $filter) {
    isPartial pageInfo { hasNextPage endCursor } edges { node { id startsAt status } } } } }"""
ONE = """query ($id: ID!) { booking(id: $id) { id status partySize confirmationCode
  payment { __typename ... on PointsPayment { points status }
            ... on CardPayment { amount currency status } } } }"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
WATCH = "subscription ($id: ID!) { bookingChanged(id: $id) { id status experience { name } } }"


def ids(data: Any) -> list[str]:
    return [edge["node"]["id"] for edge in data["me"]["bookings"]["edges"]]


def booking_id(number: int) -> str:
    return global_id("Booking", f"b{number:03}")


async def test_bookings_come_latest_start_first_and_each_once_over_the_pages() -> None:
    front, after, found = Front(), None, []
    while True:
        data = await front.data(LIST, ADA, first=3, after=after)
        found += ids(data)
        info = data["me"]["bookings"]["pageInfo"]
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert found == [booking_id(n) for n in range(9, -1, -1)]


async def test_a_new_booking_on_top_shifts_no_later_page() -> None:
    front = Front()
    first = await front.data(LIST, ADA, first=4)
    front.history.bookings += (booking(50),)
    after = first["me"]["bookings"]["pageInfo"]["endCursor"]
    assert ids(await front.data(LIST, ADA, first=2, after=after)) == [booking_id(5), booking_id(4)]


async def test_a_history_without_the_reservation_system_says_that_it_is_partial() -> None:
    front = Front()
    front.history.is_partial = True
    data = await front.data(LIST, ADA)
    assert data["me"]["bookings"]["isPartial"] is True


async def test_a_cursor_of_experiences_opens_no_list_of_bookings() -> None:
    front = Front()
    data = await front.data("{ experiences(first: 1) { pageInfo { endCursor } } }")
    after = data["experiences"]["pageInfo"]["endCursor"]
    assert await front.code(LIST, ADA, after=after) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"status": ["CONFIRMED"]}, [5, 4, 3, 2, 1]),
        ({"status": ["CANCELLED", "FAILED"]}, [0]),
        ({"status": []}, [5, 4, 3, 2, 1, 0]),
        ({"from": "2026-12-05"}, [5, 4]),
        ({"to": "2026-12-02"}, [1, 0]),
        ({"from": "2026-12-03", "to": "2026-12-03"}, [2]),
        ({"from": None, "to": None, "status": None}, [5, 4, 3, 2, 1, 0]),
    ],
)
async def test_a_filter_keeps_the_bookings_that_it_names(
    wanted: dict[str, Any], numbers: list[int]
) -> None:
    front = Front()
    cancelled = booking(0, status=Status.CANCELLED)
    front.history.bookings = (cancelled, *(booking(n) for n in range(1, 6)))
    assert ids(await front.data(LIST, ADA, filter=wanted)) == [booking_id(n) for n in numbers]


async def test_days_are_the_venues_whatever_offset_a_time_carries() -> None:
    front = Front()
    # 00:30 in Singapore on the 2nd is still the 1st by UTC.
    late = dt.datetime(2026, 12, 1, 16, 30, tzinfo=dt.UTC)
    front.history.bookings = (booking(1, starts_at=late),)
    on = {"from": "2026-12-02", "to": "2026-12-02"}
    assert ids(await front.data(LIST, ADA, filter=on)) == [booking_id(1)]
    front.catalogue.away = NotSent("sevenrooms", "venues")
    assert ids(await front.data(LIST, ADA, filter=on)) == []


async def test_a_booking_is_nobodys_but_its_members() -> None:
    front = Front()
    mine = booking_id(3)
    assert (await front.data(ONE, ADA, id=mine))["booking"]["id"] == mine
    assert await front.data(ONE, BOB, id=mine) == {"booking": None}
    assert await front.data(NODE, ADA, id=mine) == {"node": {"__typename": "Booking", "id": mine}}
    assert await front.data(NODE, BOB, id=mine) == {"node": None}
    assert await front.code(ONE, id=mine) == "UNAUTHENTICATED"
    assert await front.code(NODE, id=mine) == "UNAUTHENTICATED"


@pytest.mark.parametrize("other", ["b003", "", "!", global_id("Venue", "b003")])
async def test_an_id_that_names_no_booking_is_null_and_asks_nobody(other: str) -> None:
    front = Front()
    assert await front.data(ONE, ADA, id=other) == {"booking": None}
    assert not front.history.calls


@pytest.mark.parametrize(
    ("payment", "shown"),
    [
        (None, None),
        (PaymentView(status=PaymentStatus.NONE), None),
        (
            PaymentView(status=PaymentStatus.PAID, points=0),
            {"__typename": "PointsPayment", "points": 0, "status": "PAID"},
        ),
        (
            PaymentView(status=PaymentStatus.HELD, amount=5, currency="JPY"),
            {"__typename": "CardPayment", "amount": 5, "currency": "JPY", "status": "HELD"},
        ),
    ],
)
async def test_a_payment_shows_what_was_paid_with(
    payment: PaymentView | None, shown: dict[str, Any] | None
) -> None:
    front = Front()
    front.history.bookings = (booking(1, payment=payment),)
    data = await front.data(ONE, ADA, id=booking_id(1))
    assert data["booking"]["payment"] == shown


async def test_a_booking_outlives_its_experience_and_its_venue() -> None:
    front = Front()
    front.history.bookings = (booking(1, experience_id="gone", venue_id="gone"),)
    query = "query ($id: ID!) { booking(id: $id) { experience { id } venue { id } } }"
    data = await front.data(query, ADA, id=booking_id(1))
    assert data == {"booking": {"experience": None, "venue": None}}


async def test_the_same_booking_asked_twice_is_looked_up_once() -> None:
    front = Front()
    query = "query ($id: ID!) { a: booking(id: $id) { id } b: node(id: $id) { id } }"
    await front.data(query, ADA, id=booking_id(1))
    assert front.history.calls == {"one": 1}


async def test_a_venue_answers_to_its_id() -> None:
    mine = global_id("Venue", "v2")
    assert await Front().data(NODE, id=mine) == {"node": {"__typename": "Venue", "id": mine}}
    experience = global_id("Experience", "e002")
    shown = {"__typename": "Experience", "id": experience}
    assert await Front().data(NODE, id=experience) == {"node": shown}


@pytest.mark.parametrize(
    "bad",
    ["", "x", "%%%", global_id("Venue", "gone"), "T3RoZXI6MQ==", "VmVudWU6", "4pyT", "A" * 999],
)
async def test_an_id_of_nothing_is_null_without_an_error(bad: str) -> None:
    assert await Front().data(NODE, ADA, id=bad) == {"node": None}


async def watched(front: Front, number: int, by: Any = ADA) -> list[Any]:
    results = await SCHEMA.subscribe(
        WATCH, variable_values={"id": booking_id(number)}, context_value=front.context(by)
    )
    return [result async for result in results]


async def test_a_booking_is_watched_from_now_until_it_is_final() -> None:
    front = Front()
    front.history.steps = (booking(1, status=Status.PENDING), booking(1))
    results = await watched(front, 1)
    assert [result.data["bookingChanged"]["status"] for result in results] == [
        "PENDING",
        "CONFIRMED",
    ]
    assert front.history.closed


async def test_a_watch_that_is_left_ends_its_source() -> None:
    front = Front()
    front.history.steps = (booking(1, status=Status.PENDING), booking(1))
    results = await SCHEMA.subscribe(
        WATCH, variable_values={"id": booking_id(1)}, context_value=front.context(ADA)
    )
    await anext(results)
    await results.aclose()
    assert front.history.closed


async def test_only_a_members_own_booking_can_be_watched() -> None:
    front = Front()
    for by, code in ((BOB, "NOT_FOUND"), (None, "UNAUTHENTICATED")):
        (result,) = await watched(front, 1, by)
        assert result.data is None
        assert result.errors[0].extensions["code"] == code
        assert result.errors[0].extensions["requestId"] == "request-1"
