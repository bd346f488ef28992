"""The four use cases, from a GraphQL request to the upstreams' own books."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.aws_stand_ins import distributed
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox

SLOTS = """query($day: Date!, $party: Int!) { experiences(first: 60) { edges { node {
    id name venue { id name } availability(date: $day, partySize: $party) {
      slots { id kind startsAt remaining price { amount currency points } } } } } } }"""

POINTS = """mutation($input: BookWithPointsInput!) { bookWithPoints(input: $input) { __typename
    ... on BookingAccepted { booking { ...B } }
    ... on SlotUnavailable { alternatives { id } }
    ... on InsufficientPoints { balance required }
    ... on InvalidInput { field }
    ... on UserError { message retryable } } }
  fragment B on Booking { id status statusReason confirmationCode startsAt isCancellable
    payment { __typename ... on PointsPayment { points pointsStatus: status }
              ... on CardPayment { amount currency cardStatus: status } } }"""

CARD = """mutation($input: BookWithCardInput!) { bookWithCard(input: $input) { ...R } }
  fragment R on BookWithCardResult { __typename
    ... on BookingAccepted { booking { ...B } }
    ... on CardActionRequired { booking { ...B } paymentSheet { publishableKey
        paymentIntentClientSecret customerId ephemeralKeySecret } }
    ... on PaymentDeclined { declineCode }
    ... on UserError { message retryable } }
  fragment B on Booking { id status confirmationCode
    payment { ... on CardPayment { amount currency status } } }"""

CONFIRM = CARD.replace(
    "mutation($input: BookWithCardInput!) { bookWithCard",
    "mutation($input: ConfirmCardBookingInput!) { confirmCardBooking",
)

CANCEL = """mutation($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
    ... on BookingCancelled { booking { id status payment {
        ... on PointsPayment { pointsStatus: status }
        ... on CardPayment { cardStatus: status } } } }
    ... on UserError { message } } }"""

MINE = """{ me { firstName email membership { number status } points { balance currency }
    bookings { isPartial edges { node { id status venue { name } experience { name } } } } } }"""


@pytest.fixture(params=["embedded", "distributed"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """Everything on one machine, or in AWS: a table, a queue and a sealed data key."""
    if request.param == "embedded":
        return {}
    return distributed(*(request.getfixturevalue(name) for name in ("dynamodb", "aws")))


@pytest.fixture
async def app(sandbox: Sandbox, tmp_path: Path, settings: dict[str, str]) -> AsyncIterator[App]:
    async with running_bff(sandbox, tmp_path, **settings) as running:
        await running.sign_in()
        yield running


async def slots(app: App, *, kind: str = "INSTANT", paid: bool = True) -> list[dict[str, Any]]:
    """Free times some days ahead that take points, soonest first."""
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=4)).date().isoformat()  # noqa: TID251 - the sandbox's own time
    data = await app.data(SLOTS, day=day, party=2)
    found = [
        slot | {"venue": edge["node"]["venue"]}
        for edge in data["experiences"]["edges"]
        for slot in (edge["node"]["availability"] or {"slots": []})["slots"]
        if slot["kind"] == kind and bool((slot["price"] or {}).get("points")) == paid
    ]
    assert found
    return found


def live_reservations(sandbox: Sandbox) -> list[dict[str, Any]]:
    rows = sandbox.books("sevenrooms")["reservations"]
    return [row for row in rows if row["status_code"] == "RESERVED"]


def net_points(sandbox: Sandbox) -> float:
    return sum(-entry["amount"] for entry in sandbox.books("memberson")["ledger"])


async def test_a_member_signs_in_and_sees_who_they_are(app: App) -> None:
    me = (await app.data(MINE))["me"]
    assert me["email"] == app.sandbox.member["email"]
    assert me["membership"]["status"] == "ACTIVE"
    assert me["points"]["balance"] > 0
    assert me["bookings"] == {"isPartial": False, "edges": []}


async def test_points_buy_a_reservation_that_both_books_show(app: App) -> None:
    slot = (await slots(app))[0]
    given = {"idempotencyKey": new_key(), "slotId": slot["id"], "guestNotes": "By the window"}
    answer = (await app.data(POINTS, input=given))["bookWithPoints"]
    assert answer["__typename"] == "BookingAccepted", answer
    booking = answer["booking"]
    assert booking["status"] == "CONFIRMED"
    assert booking["startsAt"] == slot["startsAt"]
    assert booking["payment"] == {
        "__typename": "PointsPayment",
        "points": slot["price"]["points"],
        "pointsStatus": "PAID",
    }
    assert len(live_reservations(app.sandbox)) == 1
    assert net_points(app.sandbox) == slot["price"]["points"]
    assert (await app.data(POINTS, input=given))["bookWithPoints"] == answer
    assert len(live_reservations(app.sandbox)) == 1


async def test_a_booking_is_listed_once_and_then_cancelled_with_the_points_back(app: App) -> None:
    slot = (await slots(app))[0]
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    booking = (await app.data(POINTS, input=given))["bookWithPoints"]["booking"]
    listed = (await app.data(MINE))["me"]["bookings"]["edges"]
    assert [edge["node"]["id"] for edge in listed] == [booking["id"]]
    assert listed[0]["node"]["venue"]["name"] == slot["venue"]["name"]
    gone = (await app.data(CANCEL, input={"bookingId": booking["id"]}))["cancelBooking"]
    assert gone["__typename"] == "BookingCancelled", gone
    assert gone["booking"]["status"] == "CANCELLED"
    assert gone["booking"]["payment"] == {"pointsStatus": "RETURNED"}
    assert live_reservations(app.sandbox) == []
    assert net_points(app.sandbox) == 0


async def pay(app: App, secret: str, card: str = "pm_card_visa") -> None:
    await app.sandbox.post_aside("/stripe/pay", {"client_secret": secret, "card": card})


async def by_card(app: App) -> tuple[dict[str, Any], dict[str, Any]]:
    slot = (await slots(app))[0]
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(CARD, input=given))["bookWithCard"]
    assert answer["__typename"] == "CardActionRequired", answer
    return slot, answer


def intents(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.books("stripe")["payment_intents"]  # type: ignore[no-any-return]


async def test_a_card_is_charged_once_the_place_is_booked(app: App) -> None:
    slot, answer = await by_card(app)
    await pay(app, answer["paymentSheet"]["paymentIntentClientSecret"])
    done = await app.data(CONFIRM, input={"bookingId": answer["booking"]["id"]})
    booking = done["confirmCardBooking"]["booking"]
    assert booking["status"] == "CONFIRMED"
    assert booking["payment"] == {
        "amount": slot["price"]["amount"],
        "currency": slot["price"]["currency"],
        "status": "PAID",
    }
    assert [intent["status"] for intent in intents(app.sandbox)] == ["succeeded"]
    assert intents(app.sandbox)[0]["amount_received"] == slot["price"]["amount"]
    assert len(live_reservations(app.sandbox)) == 1


async def test_a_webhook_alone_finishes_a_card_booking(app: App) -> None:
    _, answer = await by_card(app)
    await pay(app, answer["paymentSheet"]["paymentIntentClientSecret"])
    query = "query($id: ID!) { booking(id: $id) { status } }"
    async with asyncio.timeout(15):
        while True:
            found = (await app.data(query, id=answer["booking"]["id"]))["booking"]
            if found["status"] == "CONFIRMED":
                break
            await asyncio.sleep(0.05)
    assert [intent["status"] for intent in intents(app.sandbox)] == ["succeeded"]


async def test_a_declined_card_may_be_followed_by_another(app: App) -> None:
    _, answer = await by_card(app)
    secret = answer["paymentSheet"]["paymentIntentClientSecret"]
    await pay(app, secret, "insufficient_funds")
    given = {"bookingId": answer["booking"]["id"]}
    declined = (await app.data(CONFIRM, input=given))["confirmCardBooking"]
    assert declined["__typename"] == "PaymentDeclined"
    assert declined["declineCode"] == "insufficient_funds"
    assert declined["retryable"]
    await pay(app, secret)
    done = (await app.data(CONFIRM, input=given))["confirmCardBooking"]
    assert done["booking"]["status"] == "CONFIRMED"
    assert len(intents(app.sandbox)) == 1


async def test_a_cancelled_card_booking_is_refunded(app: App) -> None:
    _, answer = await by_card(app)
    await pay(app, answer["paymentSheet"]["paymentIntentClientSecret"])
    given = {"bookingId": answer["booking"]["id"]}
    await app.data(CONFIRM, input=given)
    gone = (await app.data(CANCEL, input=given))["cancelBooking"]
    assert gone["booking"]["status"] == "CANCELLED"
    assert gone["booking"]["payment"] == {"cardStatus": "RETURNED"}
    refunds = app.sandbox.books("stripe")["refunds"]
    assert [refund["amount"] for refund in refunds] == [intents(app.sandbox)[0]["amount_received"]]


async def test_a_request_waits_for_the_venue_and_is_confirmed_when_it_says_yes(app: App) -> None:
    slot = (await slots(app, kind="ON_REQUEST"))[0]
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(POINTS, input=given))["bookWithPoints"]
    assert answer["booking"]["status"] == "REQUESTED", answer
    assert net_points(app.sandbox) == slot["price"]["points"]
    (request,) = app.sandbox.books("sevenrooms")["requests"]
    app.sandbox.post(f"/sevenrooms/requests/{request['id']}/approve")
    listed = (await app.data(MINE))["me"]["bookings"]["edges"]
    assert len(listed) == 1


async def test_with_the_reservation_system_away_a_booking_is_accepted_and_finished_later(
    app: App,
) -> None:
    slot = (await slots(app))[0]
    app.sandbox.fault("sevenrooms", "down")
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(POINTS, input=given))["bookWithPoints"]
    assert answer["booking"]["status"] == "PENDING", answer
    assert net_points(app.sandbox) == 0
    app.sandbox.clear_faults()
    query = "query($id: ID!) { booking(id: $id) { status } }"
    async with asyncio.timeout(30):
        while True:
            found = (await app.data(query, id=answer["booking"]["id"]))["booking"]
            if found["status"] == "CONFIRMED":
                break
            await asyncio.sleep(0.1)
    assert len(live_reservations(app.sandbox)) == 1
    assert net_points(app.sandbox) == slot["price"]["points"]


@pytest.mark.parametrize(
    ("upstream", "route"),
    [
        ("sevenrooms", "PUT */holds"),
        ("sevenrooms", "PUT */book"),
        ("memberson", "POST */redeem-point"),
    ],
)
async def test_a_lost_answer_does_nothing_twice(app: App, upstream: str, route: str) -> None:
    slot = (await slots(app))[0]
    app.sandbox.fault(upstream, "drop_after", route, times=1)
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    answer = (await app.data(POINTS, input=given))["bookWithPoints"]
    assert answer["booking"]["status"] == "CONFIRMED", answer
    assert len(live_reservations(app.sandbox)) == 1
    assert net_points(app.sandbox) == slot["price"]["points"]


async def test_looking_needs_no_token_and_a_members_data_does(app: App) -> None:
    app.token = None
    assert (await app.data("{ experiences(first: 1) { edges { node { id } } } }"))["experiences"]
    answer = await app.ask("{ me { firstName } }")
    assert answer["data"] == {"me": None}
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
