from dataclasses import replace
from typing import Any

import httpx
import pytest

from bff.booking.model import Booking
from bff.booking.ports import InsufficientPoints, MemberSessionOver
from bff.members.model import MemberSession
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised
from tests.fake_clock import NOON
from tests.memberson_wire import HISTORY, REDEEM, SUMMARY, Answer, Crm, refuses, says
from tests.unit.gateways.points_desk import BOOKING, RECEIPT, SESSION, UNNUMBERED, balance, opened


async def redeem(crm: Crm, booking: Booking = BOOKING, **how: Any) -> str | None:
    async with opened(crm, **how) as points:
        return await points.redeem(booking, RECEIPT)


async def test_redeeming_takes_the_price_from_the_member_s_account_once() -> None:
    crm = Crm()
    crm.on(REDEEM, says({"TransactionId": "t-1"}))
    assert await redeem(crm) == "t-1"
    assert crm.calls[REDEEM] == 1
    assert crm.calls[SUMMARY] == 0
    body = crm.body(REDEEM)
    assert (body["MemberNo"], body["Amount"], body["ReceiptNo"]) == ("CT0000001A", 300, RECEIPT)
    assert (body["PointType"], body["Location"]) == ("C21 Points", "HQ")
    assert len(body["RedemptionCode"]) == 10
    assert crm.sent(REDEEM)[0].headers["profiletoken"] == "p-1"
    assert "Mei" not in str(body)


async def test_every_try_of_one_redemption_sends_the_same() -> None:
    crm = Crm()
    crm.on(REDEEM, httpx.Response(504), says("t-1"))
    with pytest.raises(OutcomeUnknown):
        await redeem(crm)
    await redeem(crm)
    first, second = crm.sent(REDEEM)
    assert first.content == second.content
    # The booking's own time, not that of the try.
    assert crm.body(REDEEM)["TransactionDate"] == "2026-11-22T19:59:00+08:00"


async def test_a_guest_without_a_member_number_has_it_from_the_summary() -> None:
    crm = Crm()
    crm.on(SUMMARY, balance(1000, "CT0000009Z"))
    crm.on(REDEEM, says("t-1"))
    assert await redeem(crm, UNNUMBERED) == "t-1"
    assert crm.body(REDEEM)["MemberNo"] == "CT0000009Z"


@pytest.mark.parametrize(
    "answer", [httpx.Response(503), httpx.ReadTimeout("late"), says("nonsense")]
)
async def test_without_the_member_number_nothing_was_sent(answer: Answer) -> None:
    crm = Crm()
    crm.on(SUMMARY, answer)
    with pytest.raises(NotSent):
        await redeem(crm, UNNUMBERED)
    assert crm.calls[REDEEM] == 0


async def test_a_customer_without_a_membership_is_refused() -> None:
    crm = Crm()
    crm.on(SUMMARY, says({"MembershipSummaries": None}))
    with pytest.raises(Refused):
        await redeem(crm, UNNUMBERED)


@pytest.mark.parametrize(
    "session", [None, replace(SESSION, expires_at=NOON), replace(SESSION, sub="somebody-else")]
)
async def test_without_a_live_session_of_this_member_the_crm_is_not_called(
    session: MemberSession | None,
) -> None:
    crm = Crm()
    with pytest.raises(MemberSessionOver):
        await redeem(crm, session=session)
    assert crm.requests == []


@pytest.mark.parametrize("answer", [refuses(9, 401), refuses("9", 400), refuses(9, 500)])
async def test_a_session_that_the_crm_ended_is_over(answer: Answer) -> None:
    crm = Crm()
    crm.on(REDEEM, answer)
    with pytest.raises(MemberSessionOver):
        await redeem(crm)
    assert crm.calls[SUMMARY] == 0


@pytest.mark.parametrize("points", [None, 0])
async def test_a_booking_without_a_price_in_points_takes_nothing(points: int | None) -> None:
    crm = Crm()
    booking = replace(BOOKING, terms=replace(BOOKING.terms, points=points))
    with pytest.raises(Refused):
        await redeem(crm, booking)
    assert crm.calls[REDEEM] == 0


@pytest.mark.parametrize(
    ("refusal", "summary", "left"),
    [
        (refuses(3001), balance(299.9), 299),
        (refuses("3001"), balance(5000), 5000),  # the code says so; the balance moved meanwhile
        (refuses(3001), httpx.Response(503), None),
        (refuses(4711), balance(12), 12),
        (refuses(4711, 409), balance(12), 12),
        (httpx.Response(400), balance(12), 12),
    ],
)
async def test_too_few_points_are_told_by_the_code_or_by_a_fresh_balance(
    refusal: Answer, summary: Answer, left: int | None
) -> None:
    crm = Crm()
    crm.on(REDEEM, refusal)
    crm.on(SUMMARY, summary)
    with pytest.raises(InsufficientPoints) as caught:
        await redeem(crm)
    assert caught.value.balance == left


@pytest.mark.parametrize("summary", [balance(300), httpx.Response(503), says({})])
async def test_an_unknown_refusal_with_enough_points_stays_a_refusal(summary: Answer) -> None:
    crm = Crm()
    crm.on(REDEEM, refuses(4711))
    crm.on(SUMMARY, summary)
    with pytest.raises(Refused) as caught:
        await redeem(crm)
    assert caught.value.code == "4711"


async def test_a_400_without_any_code_and_with_enough_points_means_the_session_is_over() -> None:
    crm = Crm()
    crm.on(REDEEM, httpx.Response(400))
    crm.on(SUMMARY, balance(300))
    with pytest.raises(MemberSessionOver):
        await redeem(crm)


async def test_a_receipt_that_is_in_use_leaves_the_outcome_to_be_asked() -> None:
    crm = Crm()
    crm.on(REDEEM, refuses(3004, 409))
    with pytest.raises(OutcomeUnknown):
        await redeem(crm)


async def test_a_service_token_refused_twice_says_nothing_of_the_member() -> None:
    crm = Crm()
    crm.on(REDEEM, refuses(2, 401))
    with pytest.raises(Unauthorised):
        await redeem(crm)
    assert crm.calls[SUMMARY] == 0


UNNAMED = [httpx.Response(200), says({}), says({"Message": "scheduled maintenance"}), says(None)]
TAKEN = {"TransactionType": "REDEEM", "Amount": -300, "ReceiptNo": RECEIPT}


@pytest.mark.parametrize("answer", UNNAMED)
async def test_a_2xx_that_names_no_transaction_is_looked_up_in_the_history(answer: Answer) -> None:
    crm = Crm()
    crm.on(REDEEM, answer)
    away = httpx.Response(503)  # twice, since a read is repeated once
    crm.on(HISTORY, says([]), away, away, says([TAKEN]))
    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match="without an id"):
            await redeem(crm)
    assert await redeem(crm) is None


@pytest.mark.parametrize("answer", UNNAMED)
async def test_a_2xx_is_the_crms_word_where_nobody_can_be_asked(answer: Answer) -> None:
    crm = Crm()
    crm.on(REDEEM, answer)
    assert await redeem(crm, history=False) is None


@pytest.mark.parametrize("answer", [httpx.Response(504), refuses(9000), httpx.ReadError("lost")])
async def test_a_lost_answer_is_unknown_and_the_redemption_not_repeated(answer: Answer) -> None:
    crm = Crm()
    crm.on(REDEEM, answer)
    with pytest.raises(OutcomeUnknown):
        await redeem(crm)
    assert crm.calls[REDEEM] == 1


async def test_the_balance_is_that_of_the_booking_s_own_membership() -> None:
    crm = Crm()
    account = {"PointType": "C21 Points", "Balance": 7}
    other = {"MemberNo": "X", "Status": "ACTIVE", "AccountSummaries": [account]}
    own = {**other, "MemberNo": "CT0000001A", "AccountSummaries": [{**account, "Balance": 8}]}
    crm.on(SUMMARY, says({"MembershipSummaries": [other, own]}))
    async with opened(crm) as points:
        assert await points.balance(BOOKING) == 8
        assert await points.balance(UNNUMBERED) == 7
