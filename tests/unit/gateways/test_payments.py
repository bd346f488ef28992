"""Card payments against a Stripe that keeps books and remembers idempotency keys."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bff.booking.model import Booking
from bff.booking.ports import CardLook, CardState
from bff.gateways.payments import StripeCards
from bff.money import Money
from clients.errors import NotSent, OutcomeUnknown, Refused
from clients.secret_versions import Fixed
from clients.stripe.http_client import connect
from clients.stripe.keys import StripeKeys
from clients.stripe.read import StripeReads
from clients.stripe.write import StripeWrites
from clients.transport import open_transport
from tests.unit.gateways.stripe_books import BOOKING, OPENED, Books

URL = "http://stripe.test"

KEYS = Fixed(StripeKeys("sk_test_composed", ()))


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
async def cards(books: Books) -> AsyncIterator[StripeCards]:
    wire = httpx.MockTransport(books)
    async with open_transport("stripe", URL, timeout_seconds=2, wire=wire) as transport:
        sdk = connect(transport, url=URL, keys=KEYS)
        yield StripeCards(StripeReads(sdk), StripeWrites(sdk), publishable_key="pk_test")


def priced(amount: int, currency: str) -> Booking:
    return replace(BOOKING, terms=replace(BOOKING.terms, price=Money(amount, currency)))


async def test_opening_twice_gives_the_same_intent(cards: StripeCards, books: Books) -> None:
    first, second = await cards.open(BOOKING), await cards.open(BOOKING)

    assert first == second
    assert (first.id, first.customer_id, first.client_secret) == ("pi_1", "cus_1", "pi_1_secret_x")
    assert books.keys == ["customer:m1", "b1:intent"] * 2
    assert books.forms[0] == {"metadata[member_id]": ["m1"]}
    assert (books.forms[1]["amount"], books.forms[1]["currency"]) == (["1250"], ["sgd"])
    assert books.forms[1]["metadata[booking_id]"] == ["b1"]


async def test_a_booking_started_anew_has_keys_of_its_own(cards: StripeCards, books: Books) -> None:
    await cards.open(replace(BOOKING, round=2))
    books.intent["status"] = "requires_capture"
    await cards.capture(replace(OPENED, round=2))
    await cards.give_back(replace(OPENED, round=2))
    assert books.keys == ["customer:m1", "b1:2:intent", "b1:2:capture", "b1:2:refund"]


async def test_a_known_customer_is_not_made_again(cards: StripeCards, books: Books) -> None:
    await cards.open(replace(BOOKING, customer_id="cus_9"))
    assert books.keys == ["b1:intent"]
    assert books.forms[0]["customer"] == ["cus_9"]


@pytest.mark.parametrize(
    ("amount", "currency", "charged"),
    [(18000, "JPY", "18000"), (12340, "KWD", "12340"), (5, "UGX", "500"), (500, "MGA", "5")],
)
async def test_prices_are_charged_in_stripes_units(
    cards: StripeCards, books: Books, amount: int, currency: str, charged: str
) -> None:
    await cards.open(priced(amount, currency))
    assert books.forms[-1]["amount"] == [charged]


@pytest.mark.parametrize(("amount", "currency"), [(12345, "KWD"), (0, "SGD"), (550, "ISK")])
async def test_a_price_that_stripe_cannot_charge_is_refused_before_any_call(
    cards: StripeCards, books: Books, amount: int, currency: str
) -> None:
    with pytest.raises(Refused) as caught:
        await cards.open(priced(amount, currency))
    assert caught.value.code == "amount_not_chargeable"
    assert books.calls == []


async def test_a_stored_failure_is_asked_again_under_this_attempts_key(
    cards: StripeCards, books: Books
) -> None:
    books.stored["b1:capture"] = (500, {"error": {"type": "api_error"}})
    books.intent["status"] = "requires_capture"

    await cards.capture(OPENED)

    assert books.keys == ["b1:capture", "b1:capture:3"]
    assert books.intent["status"] == "succeeded"


async def test_a_fresh_failure_is_left_to_the_caller(cards: StripeCards, books: Books) -> None:
    books.always = (500, {})
    with pytest.raises(OutcomeUnknown):
        await cards.capture(OPENED)
    assert books.keys == ["b1:capture"]


async def test_the_sheet_holds_what_the_mobile_sdk_needs(cards: StripeCards, books: Books) -> None:
    sheet = await cards.sheet(OPENED, "2024-06-20")

    assert (sheet.publishable_key, sheet.customer_id) == ("pk_test", "cus_1")
    assert (sheet.client_secret, sheet.ephemeral_key_secret) == ("pi_1_secret_x", "ek_1")
    assert books.keys == ["b1:sheet:2024-06-20"]
    assert "ek_1" not in repr(sheet)


async def test_without_a_version_the_newest_known_is_taken(
    cards: StripeCards, books: Books
) -> None:
    await cards.sheet(OPENED, None)
    assert books.keys == ["b1:sheet:2026-10-28.endive"]


@pytest.mark.parametrize("version", ["latest", "2024-06-20\r\nX: y", "2024-06-20" + "x" * 300])
async def test_text_that_is_no_version_never_reaches_stripe(
    cards: StripeCards, books: Books, version: str
) -> None:
    with pytest.raises(Refused):
        await cards.sheet(OPENED, version)
    assert books.calls == []


async def test_a_booking_without_an_intent_has_no_sheet(cards: StripeCards) -> None:
    with pytest.raises(Refused):
        await cards.sheet(BOOKING, None)


@pytest.mark.parametrize(
    ("intent", "look"),
    [
        ({"status": "requires_payment_method"}, CardLook(state=CardState.OPEN)),
        ({"status": "requires_confirmation"}, CardLook(state=CardState.OPEN)),
        ({"status": "requires_action"}, CardLook(state=CardState.OPEN)),
        (
            {"status": "requires_action", "last_payment_error": {"code": "card_declined"}},
            CardLook(state=CardState.OPEN),
        ),
        (
            {
                "status": "requires_payment_method",
                "last_payment_error": {"code": "card_declined", "decline_code": "lost_card"},
            },
            CardLook(state=CardState.DECLINED, decline_code="lost_card"),
        ),
        (
            {"status": "requires_payment_method", "last_payment_error": {"code": "expired_card"}},
            CardLook(state=CardState.DECLINED, decline_code="expired_card"),
        ),
        ({"status": "processing"}, CardLook(state=CardState.PROCESSING)),
        ({"status": "requires_capture"}, CardLook(state=CardState.AUTHORISED)),
        ({"status": "succeeded"}, CardLook(state=CardState.CAPTURED)),
        ({"status": "succeeded", "latest_charge": "ch_1"}, CardLook(state=CardState.CAPTURED)),
        (
            {"status": "succeeded", "latest_charge": {"refunded": True}},
            CardLook(state=CardState.RETURNED),
        ),
        ({"status": "canceled"}, CardLook(state=CardState.RETURNED)),
        ({"status": "requires_prayer"}, CardLook(state=CardState.PROCESSING)),
        ({"status": None}, CardLook(state=CardState.PROCESSING)),
    ],
)
async def test_an_intent_in_our_words(
    cards: StripeCards, books: Books, intent: dict[str, Any], look: CardLook
) -> None:
    books.intent.update(intent)
    assert await cards.look(OPENED) == look


async def test_an_intent_that_was_never_opened_is_open(cards: StripeCards, books: Books) -> None:
    assert await cards.look(BOOKING) == CardLook(state=CardState.OPEN)
    assert books.calls == []


@pytest.mark.parametrize("say_intent", [True, False])
async def test_capturing_twice_is_capturing_once(
    cards: StripeCards,
    books: Books,
    say_intent: bool,  # noqa: FBT001
) -> None:
    books.intent["status"] = "succeeded"
    books.say_intent = say_intent
    await cards.capture(OPENED)
    assert books.calls.count("POST /v1/payment_intents/pi_1/capture") == 1


@pytest.mark.parametrize("status", ["canceled", "requires_payment_method"])
async def test_what_is_not_authorised_cannot_be_captured(
    cards: StripeCards, books: Books, status: str
) -> None:
    books.intent["status"] = status
    with pytest.raises(Refused):
        await cards.capture(OPENED)


@pytest.mark.parametrize(
    "status",
    ["requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"],
)
async def test_what_is_not_captured_is_cancelled(
    cards: StripeCards, books: Books, status: str
) -> None:
    books.intent["status"] = status
    await cards.give_back(OPENED)
    assert books.intent["status"] == "canceled"
    assert books.keys == ["b1:cancel"]


async def test_what_is_captured_is_refunded_whole_and_once(
    cards: StripeCards, books: Books
) -> None:
    books.intent["status"] = "succeeded"
    await cards.give_back(OPENED)
    await cards.give_back(OPENED)

    assert books.keys == ["b1:refund"]
    assert books.forms == [{"payment_intent": ["pi_1"], "metadata[booking_id]": ["b1"]}]


async def test_a_capture_that_forestalls_the_cancellation_is_refunded(
    cards: StripeCards, books: Books
) -> None:
    books.intent["status"] = "requires_capture"
    books.meanwhile = {"status": "succeeded"}
    await cards.give_back(OPENED)
    assert books.keys == ["b1:cancel", "b1:refund"]


async def test_what_is_returned_already_stays_so(cards: StripeCards, books: Books) -> None:
    books.intent["status"] = "canceled"
    await cards.give_back(OPENED)
    books.intent.update(status="succeeded", latest_charge={"refunded": True})
    await cards.give_back(OPENED)
    await cards.give_back(BOOKING)
    assert books.keys == []


async def test_a_cancellation_or_refund_that_somebody_forestalled_counts(
    cards: StripeCards, books: Books
) -> None:
    books.meanwhile = {"status": "canceled"}
    await cards.give_back(OPENED)
    books.intent["status"] = "succeeded"
    books.meanwhile = {"latest_charge": {"refunded": True}}
    await cards.give_back(OPENED)
    assert books.keys == ["b1:cancel", "b1:refund"]


async def test_a_payment_that_is_processing_is_looked_at_again_later(
    cards: StripeCards, books: Books
) -> None:
    books.intent["status"] = "processing"
    with pytest.raises(OutcomeUnknown):
        await cards.give_back(OPENED)

    books.intent["status"] = "requires_capture"
    await cards.give_back(OPENED)
    assert books.intent["status"] == "canceled"


async def test_a_refund_that_failed_is_not_taken_for_done(cards: StripeCards, books: Books) -> None:
    books.intent["status"] = "succeeded"
    books.refund_status = "failed"
    with pytest.raises(Refused) as caught:
        await cards.give_back(OPENED)
    assert caught.value.code == "refund_failed"


async def test_no_two_steps_share_a_key(cards: StripeCards, books: Books) -> None:
    intent = await cards.open(BOOKING)
    opened = replace(OPENED, customer_id=intent.customer_id)
    await cards.sheet(opened, None)
    books.intent["status"] = "requires_capture"
    await cards.capture(opened)
    await cards.give_back(opened)
    assert len(set(books.keys)) == len(books.keys) == 5


async def test_an_upstream_that_is_away_is_told_apart(cards: StripeCards, books: Books) -> None:
    books.always = (429, {})
    with pytest.raises(NotSent):
        await cards.open(BOOKING)
