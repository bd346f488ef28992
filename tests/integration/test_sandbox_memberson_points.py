"""Points in the CRM's stand-in: taken once, given back once, and written down."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.memberson_caller import MEMBER_NO, POINT_TYPE, MembersonCaller, signed_in
from tests.sandbox_process import Sandbox

START = 250_000.0


@pytest.fixture
def crm(sandbox: Sandbox) -> Iterator[MembersonCaller]:
    with signed_in(sandbox) as caller:
        yield caller


def refusal(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, int(answer.json()["ErrorCode"])


def test_redeeming_takes_points_and_is_in_the_books(sandbox: Sandbox, crm: MembersonCaller) -> None:
    reply = crm.redeem("r-1", 300).json()
    assert (reply["Amount"], reply["Balance"], reply["ReceiptNo"]) == (300, START - 300, "r-1")
    books = sandbox.books("memberson")
    [entry] = books["ledger"]
    assert (entry["type"], entry["amount"], entry["receipt_no"]) == ("REDEEM", -300, "r-1")
    assert entry["transaction_id"] == reply["TransactionId"]
    assert entry["at"].endswith("+00:00")
    assert books["balances"][MEMBER_NO] == {POINT_TYPE: START - 300} == {POINT_TYPE: crm.balance()}


@pytest.mark.parametrize("style", ["full", "string", "empty"])
def test_the_redeem_reply_has_three_variants(
    sandbox: Sandbox, crm: MembersonCaller, style: str
) -> None:
    sandbox.switch("memberson", redeem_reply=style)
    answer = crm.redeem("r-1")
    [entry] = sandbox.books("memberson")["ledger"]
    bodies: dict[str, Any] = {
        "full": lambda: answer.json()["TransactionId"],
        "string": answer.json,
        "empty": lambda: entry["transaction_id"] if answer.content == b"" else None,
    }
    assert answer.status_code == 200
    assert bodies[style]() == entry["transaction_id"]


def test_a_receipt_number_takes_points_once(sandbox: Sandbox, crm: MembersonCaller) -> None:
    first = crm.redeem("r-1")
    again = crm.redeem("r-1", TransactionDate="2026-03-02T16:00:09+08:00")
    assert again.json() == first.json()
    assert refusal(crm.redeem("r-1", 301)) == (409, 3004)
    assert len(sandbox.books("memberson")["ledger"]) == 1


def test_a_receipt_number_takes_points_each_time_when_deduplication_is_off(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.switch("memberson", dedupe_receipts=False)
    crm.redeem("r-1")
    crm.redeem("r-1")
    assert crm.balance() == START - 600


def test_points_never_go_below_zero(crm: MembersonCaller) -> None:
    assert refusal(crm.redeem("r-1", int(START) + 1)) == (400, 3001)
    assert crm.redeem("r-2", int(START)).status_code == 200
    assert refusal(crm.redeem("r-3", 1)) == (400, 3001)
    assert crm.balance() == 0


def test_concurrent_redemptions_take_what_there_is_and_no_more(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: crm.redeem(f"r-{n}", 60_000), range(16)))
    assert sum(answer.is_success for answer in answers) == 4
    assert len(sandbox.books("memberson")["ledger"]) == 4
    assert crm.balance() == START - 240_000


@pytest.mark.parametrize("token", ["", "stale"])
def test_redeeming_wants_the_members_own_session(crm: MembersonCaller, token: str) -> None:
    crm.headers["ProfileToken"] = token
    assert refusal(crm.redeem("r-1")) == (400, 9)
    crm.sign_in("00010002", "arjun-likes-points-02")
    assert refusal(crm.redeem("r-1")) == (400, 9)
    assert crm.redeem("r-1", MemberNo="CT0000002B").status_code == 200


@pytest.mark.parametrize("amount", [0, -5, 2.5, "300", None, True, [1]])
def test_an_amount_is_a_whole_number_above_zero(crm: MembersonCaller, amount: object) -> None:
    assert refusal(crm.redeem("r-1", amount)) == (400, 9000)


@pytest.mark.parametrize("field", ["MemberNo", "PointType", "ReceiptNo", "Location", "Description"])
def test_a_missing_field_is_refused(crm: MembersonCaller, field: str) -> None:
    assert refusal(crm.redeem("r-1", **{field: None})) == (400, 9000)


def test_an_unknown_member_and_one_who_is_not_active_are_refused(crm: MembersonCaller) -> None:
    assert refusal(crm.redeem("r-1", MemberNo="CT9999999Z")) == (404, 3005)
    crm.sign_in("00010007", "oliver-likes-points-07")
    assert refusal(crm.redeem("r-1", MemberNo="CT0000007G")) == (400, 3005)


def test_reversing_gives_everything_back_with_service_headers_only(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    taken = crm.redeem("r-1").json()
    del crm.headers["ProfileToken"]
    reply = crm.cancel("r-1").json()
    assert (reply["Amount"], reply["Balance"], reply["Status"]) == (300, START, "REVERSED")
    assert reply["ReversedTransactionId"] == taken["TransactionId"]
    kinds = [(entry["type"], entry["amount"]) for entry in sandbox.books("memberson")["ledger"]]
    assert kinds == [("REDEEM", -300), ("REVERSE", 300)]


def test_a_second_reversal_repeats_the_first_reply_or_fails(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    crm.redeem("r-1")
    first = crm.cancel("r-1")
    assert crm.cancel("r-1").json() == first.json()
    sandbox.switch("memberson", second_reversal_fails=True)
    assert refusal(crm.cancel("r-1")) == (400, 3003)
    assert crm.balance() == START


def test_a_reversal_may_be_partial_and_never_exceeds_what_remains(crm: MembersonCaller) -> None:
    crm.redeem("r-1")
    assert crm.cancel("r-1", Amount=100).json()["Amount"] == 100
    assert refusal(crm.cancel("r-1", Amount=201)) == (400, 3003)
    assert crm.cancel("r-1").json()["Amount"] == 200
    assert crm.balance() == START


def test_only_a_redemption_of_that_member_can_be_reversed(crm: MembersonCaller) -> None:
    crm.redeem("r-1")
    assert refusal(crm.cancel("r-2")) == (404, 3002)
    assert refusal(crm.cancel("r-1", MemberNo="CT0000002B")) == (404, 3002)
    assert refusal(crm.cancel("r-1", TransactionId="another")) == (404, 3002)


def test_each_of_two_redemptions_under_one_receipt_can_be_reversed(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.switch("memberson", dedupe_receipts=False)
    first, second = crm.redeem("r-1").json(), crm.redeem("r-1").json()
    undone = crm.cancel("r-1", TransactionId=first["TransactionId"]).json()
    assert undone["ReversedTransactionId"] == first["TransactionId"]
    assert crm.cancel("r-1").json()["ReversedTransactionId"] == second["TransactionId"]
    assert crm.balance() == START


def test_a_reversed_receipt_is_not_redeemed_anew(crm: MembersonCaller) -> None:
    first = crm.redeem("r-1").json()
    crm.cancel("r-1")
    assert crm.redeem("r-1").json() == first
    assert crm.balance() == START


def test_the_history_answers_whether_a_redemption_landed(crm: MembersonCaller) -> None:
    crm.redeem("r-1")
    crm.redeem("r-2", TransactionDate="2026-04-01T09:00:00+08:00")
    crm.cancel("r-1")
    rows = crm.history(receiptNo="r-1").json()
    assert [(row["TransactionType"], row["Amount"]) for row in rows] == [
        ("REDEEM", -300),
        ("REVERSE", 300),
    ]
    assert rows[1]["ReversedTransactionId"] == rows[0]["TransactionId"]
    assert [row["ReceiptNo"] for row in crm.history(FromDate="2026-04-01").json()] == ["r-2"]
    assert crm.history(receiptNo="r-9").json() == []
    assert len(crm.history(pointType=POINT_TYPE, toDate="2026-12-31").json()) == 3


@pytest.mark.parametrize("switch", ["cancel_offered", "history_offered"])
def test_a_proposed_call_can_be_missing(
    sandbox: Sandbox, crm: MembersonCaller, switch: str
) -> None:
    sandbox.switch("memberson", **{switch: False})
    crm.redeem("r-1")
    answers = {"cancel_offered": crm.cancel("r-1"), "history_offered": crm.history()}
    missing = answers.pop(switch)
    assert (missing.status_code, set(missing.json())) == (404, {"Message"})
    assert [answer.status_code for answer in answers.values()] == [200]


def test_a_clerk_gives_back_all_that_is_left_of_a_receipt_whatever_calls_are_offered(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.switch("memberson", dedupe_receipts=False, cancel_offered=False)
    crm.redeem("r-1", 300)
    crm.redeem("r-1", 200)
    crm.redeem("r-2", 100)
    assert sandbox.post("/memberson/receipts/r-1/give-back") == {"given_back": 500}
    assert sandbox.post("/memberson/receipts/r-1/give-back") == {"given_back": 0}
    assert crm.balance() == START - 100
