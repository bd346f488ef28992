"""bookWithPoints, bookWithCard, confirmCardBooking, cancelBooking: every answer is its own type."""

from typing import Any

import pytest

from bff.booking.ledger_away import LedgerAway
from bff.booking.outcomes import (
    Away,
    BadInput,
    Cancelled,
    CannotCancel,
    CardDeclined,
    CardNeeded,
    KeyReused,
    NotEnoughPoints,
    SessionOver,
    SlotTaken,
)
from bff.booking.ports import Sheet
from bff.credentials.vault import CannotOpen
from clients.errors import OutcomeUnknown
from resolvers.ids import global_id
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA, TODAY, booking, slot

PROBLEMS = """__typename ... on UserError { message retryable }
  ... on UpstreamUnavailable { upstream } ... on InvalidInput { field }
  ... on SlotUnavailable { alternatives { id price { points } } }
  ... on PaymentDeclined { declineCode } ... on BookingAccepted { booking { id status } }
  ... on CardActionRequired { booking { id } paymentSheet {
      publishableKey paymentIntentClientSecret customerId ephemeralKeySecret } }"""
POINTS = """mutation ($in: BookWithPointsInput!) { bookWithPoints(input: $in) {
  __typename ... on UserError { message retryable }
  ... on UpstreamUnavailable { upstream } ... on InvalidInput { field }
  ... on SlotUnavailable { alternatives { id price { points } } }
  ... on InsufficientPoints { balance required }
  ... on BookingAccepted { booking { id status } } } }"""
CARD = f"mutation ($in: BookWithCardInput!) {{ bookWithCard(input: $in) {{ {PROBLEMS} }} }}"
CONFIRM = f"""mutation ($in: ConfirmCardBookingInput!) {{
  confirmCardBooking(input: $in) {{ {PROBLEMS} }} }}"""
CANCEL = """mutation ($in: CancelBookingInput!) { cancelBooking(input: $in) { __typename
  ... on UserError { message retryable } ... on UpstreamUnavailable { upstream }
  ... on BookingCancelled { booking { id } } } }"""
KEY = "0123456789abcdef"
SLOT = {"idempotencyKey": KEY, "slotId": "a-slot"}
MINE = global_id("Booking", "b001")


async def points(front: Front, **changes: Any) -> Any:
    data = await front.data(POINTS, ADA, **{"in": {**SLOT, **changes}})
    return data["bookWithPoints"]


async def card(front: Front, **changes: Any) -> Any:
    return (await front.data(CARD, ADA, **{"in": {**SLOT, **changes}}))["bookWithCard"]


async def test_a_booking_with_points_passes_on_what_the_guest_sent() -> None:
    front = Front()
    answer = await points(front, guestNotes="No nuts, please 🥜")
    assert answer == {
        "__typename": "BookingAccepted",
        "booking": {"id": MINE, "status": "CONFIRMED"},
    }
    assert front.bookings.asked == [
        {"sub": "sub-ada", "key": KEY, "slot_id": "a-slot", "notes": "No nuts, please 🥜"}
    ]


async def test_a_booking_by_card_passes_on_the_sdks_version() -> None:
    front = Front()
    await card(front, stripeVersion="2026-03-25.dahlia", guestNotes="")
    await card(front, stripeVersion=None)
    assert [it["version"] for it in front.bookings.asked] == ["2026-03-25.dahlia", None]
    assert [it["notes"] for it in front.bookings.asked] == [None, None]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            NotEnoughPoints(balance=5, required=9),
            {"__typename": "InsufficientPoints", "retryable": False, "balance": 5, "required": 9},
        ),
        (SessionOver(), {"__typename": "MemberSessionExpired", "retryable": True}),
        (KeyReused(), {"__typename": "IdempotencyConflict", "retryable": False}),
        (
            BadInput(field="slotId", message="m"),
            {"__typename": "InvalidInput", "retryable": False, "field": "slotId"},
        ),
        (
            Away(upstream="sevenrooms"),
            {"__typename": "UpstreamUnavailable", "retryable": True, "upstream": "sevenrooms"},
        ),
        (
            Away(upstream="memberson", retryable=False),
            {"__typename": "UpstreamUnavailable", "retryable": False, "upstream": "memberson"},
        ),
        (SlotTaken(), {"__typename": "SlotUnavailable", "retryable": False, "alternatives": []}),
    ],
)
async def test_each_refusal_of_points_is_its_own_member(
    outcome: Any, expected: dict[str, Any]
) -> None:
    front = Front()
    front.bookings.points = outcome
    answer = await points(front)
    assert answer.pop("message")
    assert answer == expected


async def test_alternatives_can_be_booked_at_once() -> None:
    front = Front()
    front.bookings.points = SlotTaken(alternatives=(slot("e001", "v1", TODAY, 3),))
    answer = await points(front)
    (other,) = answer["alternatives"]
    assert other == {"id": "e001-19:00:00-1000", "price": {"points": 1000}}


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_declined_card_says_whether_to_try_another(*, retryable: bool) -> None:
    front = Front()
    front.bookings.card = CardDeclined(decline_code="lost_card", retryable=retryable)
    answer = await card(front)
    assert (answer["retryable"], answer["declineCode"]) == (retryable, "lost_card")


async def test_a_card_to_be_paid_on_the_device_brings_its_sheet() -> None:
    front = Front()
    sheet = Sheet(
        publishable_key="pk", client_secret="cs", customer_id="cus", ephemeral_key_secret="ek"
    )
    front.bookings.card = CardNeeded(booking=booking(), sheet=sheet)
    answer = await card(front)
    assert answer["__typename"] == "CardActionRequired"
    assert answer["paymentSheet"] == {
        "publishableKey": "pk",
        "paymentIntentClientSecret": "cs",
        "customerId": "cus",
        "ephemeralKeySecret": "ek",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"idempotencyKey": "a" * 15}, "idempotencyKey"),
        ({"idempotencyKey": "a" * 65}, "idempotencyKey"),
        ({"idempotencyKey": "a" * 15 + " "}, "idempotencyKey"),
        ({"idempotencyKey": "a" * 16 + "\n"}, "idempotencyKey"),
        ({"idempotencyKey": "é" * 16}, "idempotencyKey"),
        ({"slotId": ""}, "slotId"),
        ({"slotId": "a" * 4097}, "slotId"),
        ({"slotId": "é"}, "slotId"),
        ({"guestNotes": "a" * 501}, "guestNotes"),
        ({"guestNotes": "a\x00b"}, "guestNotes"),
        ({"guestNotes": "a\rb"}, "guestNotes"),
        ({"guestNotes": "a\tb"}, "guestNotes"),
        ({"guestNotes": "a\x7fb"}, "guestNotes"),
        ({"guestNotes": "a\ud800b"}, "guestNotes"),
        ({"stripeVersion": "latest"}, "stripeVersion"),
        ({"stripeVersion": "2026-03-25\r\nX-Evil: 1"}, "stripeVersion"),
    ],
)
async def test_an_input_out_of_bounds_is_named_and_reaches_nobody(
    changes: dict[str, str], field: str
) -> None:
    front = Front()
    answer = await card(front, **changes)
    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)
    if field != "stripeVersion":
        answer = await points(front, **changes)
        assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)
    assert not front.bookings.asked


@pytest.mark.parametrize("key", ["a" * 16, "A-Z_0.9:" * 8])
async def test_a_key_of_sixteen_to_sixty_four_characters_is_taken(key: str) -> None:
    assert (await points(Front(), idempotencyKey=key))["__typename"] == "BookingAccepted"


async def test_notes_of_five_hundred_characters_are_taken() -> None:
    assert (await points(Front(), guestNotes="ñ" * 500))["__typename"] == "BookingAccepted"


async def test_line_breaks_of_notes_reach_the_venue_in_one_spelling() -> None:
    front = Front()
    await points(front, guestNotes="No nuts\r\nA window\nplease")
    await card(front, guestNotes="é\r\n" * 250)
    assert [it["notes"] for it in front.bookings.asked] == [
        "No nuts\nA window\nplease",
        "é\n" * 250,
    ]


async def test_confirming_looks_at_the_members_booking() -> None:
    front = Front()
    data = await front.data(CONFIRM, ADA, **{"in": {"bookingId": MINE}})
    assert data["confirmCardBooking"]["booking"]["id"] == MINE
    assert front.bookings.asked == [{"sub": "sub-ada", "booking_id": "b001"}]


@pytest.mark.parametrize("other", ["b001", "", global_id("Experience", "b001")])
async def test_an_id_that_is_no_bookings_reaches_nobody(other: str) -> None:
    front = Front()
    data = await front.data(CONFIRM, ADA, **{"in": {"bookingId": other}})
    assert data["confirmCardBooking"]["field"] == "bookingId"
    data = await front.data(CANCEL, ADA, **{"in": {"bookingId": other}})
    assert data["cancelBooking"]["__typename"] == "NotCancellable"
    assert not front.bookings.asked


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (Cancelled(booking=booking()), "BookingCancelled"),
        (CannotCancel(message="Too late."), "NotCancellable"),
        (Away(upstream="sevenrooms"), "UpstreamUnavailable"),
    ],
)
async def test_each_end_of_cancelling_is_its_own_member(outcome: Any, name: str) -> None:
    front = Front()
    front.bookings.cancelling = outcome
    data = await front.data(CANCEL, ADA, **{"in": {"bookingId": MINE}})
    assert data["cancelBooking"]["__typename"] == name


@pytest.mark.parametrize(
    ("mutation", "wanted"),
    [
        (POINTS, SLOT),
        (CARD, SLOT),
        (CONFIRM, {"bookingId": MINE}),
        (CANCEL, {"bookingId": MINE}),
    ],
)
async def test_no_command_runs_without_a_member(mutation: str, wanted: dict[str, str]) -> None:
    front = Front()
    assert await front.code(mutation, **{"in": wanted}) == "UNAUTHENTICATED"
    assert not front.bookings.asked


async def test_an_unexpected_upstream_failure_of_a_command_can_be_tried_again() -> None:
    front = Front()
    front.bookings.breaks = OutcomeUnknown("sevenrooms", "book", "canary")
    result = await front.ask(POINTS, ADA, **{"in": SLOT})
    assert result.data is None
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["retryable"] is True


@pytest.mark.parametrize("broken", [LedgerAway("canary"), CannotOpen("canary")])
async def test_a_ledger_that_is_away_asks_for_the_same_key_again(broken: Exception) -> None:
    front = Front()
    front.bookings.breaks = broken
    result = await front.ask(POINTS, ADA, **{"in": SLOT})
    assert result.errors is not None
    error = result.errors[0].formatted
    assert error["extensions"]["code"] == "LEDGER_UNAVAILABLE"
    assert error["extensions"]["retryable"] is True
    assert "the same key is safe" in error["message"]
    assert "canary" not in str(error)


async def test_an_outcome_that_nobody_knows_never_reads_as_success() -> None:
    front = Front()
    front.bookings.points = object()  # type: ignore[assignment]  # from a version to come
    assert await front.code(POINTS, ADA, **{"in": SLOT}) == "INTERNAL_SERVER_ERROR"
