from dataclasses import replace
from typing import Any

import httpx
import pytest

from bff.booking.ports import CannotAsk
from bff.members.model import MemberSession
from clients.errors import Malformed, OutcomeUnknown, Refused, Unauthorised
from tests.fake_clock import NOON
from tests.memberson_wire import CANCEL, HISTORY, Answer, Crm, refuses, says
from tests.unit.gateways.points_desk import BOOKING, RECEIPT, SESSION, opened

TAKEN = {
    "TransactionId": "t-1",
    "TransactionType": "REDEEM",
    "Amount": -300,
    "ReceiptNo": RECEIPT,
}
BACK = {
    "TransactionId": "t-2",
    "TransactionType": "REVERSE",
    "Amount": 300,
    "ReceiptNo": RECEIPT,
    "ReversedTransactionId": "t-1",
}


def of(**changes: Any) -> dict[str, Any]:
    return {**TAKEN, **changes}


@pytest.mark.parametrize(
    ("entries", "was_redeemed", "was_given_back"),
    [
        ([], False, False),
        ([TAKEN], True, False),
        ([TAKEN, BACK], True, True),
        ([TAKEN, TAKEN], True, False),  # the same entry, told twice
        ([of(ReceiptNo="another")], False, False),  # the filter was not heeded
        ([of(TransactionType="redeem")], True, False),
        ([of(TransactionType="SPEND")], True, False),  # a type we do not know: the sign tells
        ([of(TransactionType="SPEND", Amount=300)], False, False),
        ([of(TransactionType="EARN")], False, False),
        ([of(Amount=None)], True, False),
        ([of(Amount=None), BACK], True, True),
        ([TAKEN, {**BACK, "Amount": None}], True, True),
        ([TAKEN, {**BACK, "Amount": -300}], True, True),
        ([TAKEN, {**BACK, "Amount": 299}], True, False),
        (
            [TAKEN, {**BACK, "Amount": 100}, {**BACK, "Amount": 200, "TransactionId": "t"}],
            True,
            True,
        ),
        ([TAKEN, {**BACK, "ReceiptNo": None}], True, True),  # tied by the redemption's id alone
        ([TAKEN, {**BACK, "ReceiptNo": "r", "ReversedTransactionId": "x"}], True, False),
        ([TAKEN, {**BACK, "TransactionType": None}], True, True),
        ([TAKEN, of(TransactionId="t-9"), BACK], True, False),  # taken twice, back once
    ],
)
async def test_the_history_tells_what_became_of_a_receipt(
    entries: list[Any], *, was_redeemed: bool, was_given_back: bool
) -> None:
    crm = Crm()
    crm.on(HISTORY, says(entries))
    async with opened(crm) as points:
        assert await points.was_redeemed(BOOKING, RECEIPT) is was_redeemed
        assert await points.was_given_back(BOOKING, RECEIPT) is was_given_back


@pytest.mark.parametrize(
    ("entries", "standing"),
    [
        ([], 0),
        ([TAKEN], 300),
        ([TAKEN, TAKEN], 300),
        ([TAKEN, of(TransactionId="t-9")], 600),
        ([TAKEN, of(TransactionId="t-9"), BACK], 300),
        ([TAKEN, BACK], 0),
        ([TAKEN, BACK, {**BACK, "TransactionId": "t-3"}], -300),
        ([of(Amount=None, TransactionId=None)], 300),
    ],
)
async def test_what_stands_of_a_receipt_is_counted_entry_by_entry(
    entries: list[Any], standing: int
) -> None:
    crm = Crm()
    crm.on(HISTORY, says(entries))
    async with opened(crm) as points:
        assert await points.standing(BOOKING, RECEIPT) == standing


async def ask(crm: Crm, **how: Any) -> bool:
    async with opened(crm, **how) as points:
        return await points.was_redeemed(BOOKING, RECEIPT)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(404), httpx.Response(405), httpx.Response(501), refuses(3005, 404)],
)
async def test_a_crm_without_a_history_cannot_be_asked(answer: Answer) -> None:
    crm = Crm()
    crm.on(HISTORY, answer)
    with pytest.raises(CannotAsk):
        await ask(crm)


async def test_a_history_that_is_switched_off_is_not_asked() -> None:
    crm = Crm()
    with pytest.raises(CannotAsk):
        await ask(crm, history=False)
    assert crm.requests == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(503), OutcomeUnknown),
        (says(None), Malformed),
        (refuses(4711, 403), Refused),
    ],
)
async def test_a_history_that_does_not_answer_now_may_answer_later(
    answer: Answer, kind: type[Exception]
) -> None:
    crm = Crm()
    crm.on(HISTORY, answer)
    with pytest.raises(kind):
        await ask(crm)


async def give_back(crm: Crm, **how: Any) -> None:
    async with opened(crm, **how) as points:
        await points.give_back(BOOKING, RECEIPT)


async def test_giving_back_names_the_receipt_and_asks_nothing_more() -> None:
    crm = Crm()
    crm.on(CANCEL, says({"TransactionId": "t-2"}))
    await give_back(crm)
    assert crm.body(CANCEL)["ReceiptNo"] == RECEIPT
    assert (crm.calls[CANCEL], crm.calls[HISTORY]) == (1, 0)


@pytest.mark.parametrize("answer", [httpx.Response(200), says({}), says({"Message": "later"})])
async def test_a_2xx_that_names_no_reversal_is_looked_up_in_the_history(answer: Answer) -> None:
    crm = Crm()
    crm.on(CANCEL, answer)
    crm.on(HISTORY, says([TAKEN]), says([TAKEN, BACK]))
    with pytest.raises(OutcomeUnknown, match="not in the history"):
        await give_back(crm)
    await give_back(crm)
    await give_back(crm, history=False)
    assert crm.calls[HISTORY] == 2


@pytest.mark.parametrize("session", [None, replace(SESSION, expires_at=NOON)])
async def test_points_go_back_also_without_the_member_s_session(
    session: MemberSession | None,
) -> None:
    crm = Crm()
    crm.on(CANCEL, says({"TransactionId": "t-2"}))
    await give_back(crm, session=session)
    assert "profiletoken" not in crm.sent(CANCEL)[0].headers


async def test_a_session_that_has_ended_does_not_stop_points_from_going_back() -> None:
    crm = Crm()
    crm.on(CANCEL, refuses(9, 401), says({"TransactionId": "t-2"}))
    await give_back(crm)
    assert [r.headers.get("profiletoken") for r in crm.sent(CANCEL)] == ["p-1", None]


@pytest.mark.parametrize("refusal", [refuses(3003), refuses(3002, 404), refuses(4711, 409)])
async def test_a_second_reversal_that_fails_counts_as_done_when_the_points_are_back(
    refusal: Answer,
) -> None:
    crm = Crm()
    crm.on(CANCEL, refusal)
    crm.on(HISTORY, says([TAKEN, BACK]))
    await give_back(crm)


async def test_points_that_were_never_taken_need_not_go_back() -> None:
    crm = Crm()
    crm.on(CANCEL, refuses(3002, 404))
    crm.on(HISTORY, says([]))
    await give_back(crm)


@pytest.mark.parametrize(
    ("refusal", "entries"),
    [
        (refuses(3003), [TAKEN]),
        (refuses(3002, 404), [TAKEN]),
        (refuses(4711), []),
        (refuses(3003), [TAKEN, {**BACK, "Amount": 1}]),
    ],
)
async def test_a_refusal_while_points_are_still_taken_is_told(
    refusal: Answer, entries: list[Any]
) -> None:
    crm = Crm()
    crm.on(CANCEL, refusal)
    crm.on(HISTORY, says(entries))
    with pytest.raises(Refused):
        await give_back(crm)


async def test_a_refusal_that_cannot_be_looked_into_is_told() -> None:
    crm = Crm()
    crm.on(CANCEL, refuses(3003))
    with pytest.raises(Refused):
        await give_back(crm, history=False)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_crm_that_has_no_such_call_cannot_give_back(status: int) -> None:
    crm = Crm()
    crm.on(CANCEL, httpx.Response(status))
    with pytest.raises(CannotAsk):
        await give_back(crm)


async def test_giving_back_that_is_switched_off_is_not_tried() -> None:
    crm = Crm()
    with pytest.raises(CannotAsk):
        await give_back(crm, cancel=False)
    assert crm.requests == []


@pytest.mark.parametrize("answer", [httpx.Response(504), httpx.ReadError("lost")])
async def test_a_lost_answer_to_giving_back_is_unknown(answer: Answer) -> None:
    crm = Crm()
    crm.on(CANCEL, answer)
    with pytest.raises(OutcomeUnknown):
        await give_back(crm)
    assert crm.calls[CANCEL] == 1


async def test_giving_back_with_a_refused_service_token_may_be_tried_later() -> None:
    crm = Crm()
    crm.on(CANCEL, refuses(2, 401))
    with pytest.raises(Unauthorised):
        await give_back(crm)
    assert crm.calls[HISTORY] == 0
