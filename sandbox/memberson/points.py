"""Points: their rate, taking them, giving them back, and what became of them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.memberson import errors
from sandbox.memberson.ledger import Order
from sandbox.memberson.people import Account, Membership
from sandbox.memberson.state import MembersonState
from sandbox.memberson.wire import check_payer, check_service, fields, query, text


async def conversion_rate(state: MembersonState, request: Request) -> list[dict[str, Any]]:
    check_service(state, request)
    return state.rates


async def redeem(state: MembersonState, request: Request) -> Response:
    """4.6: the request is CONFIRMED, its reply NOT FOUND: full, bare or empty by switch."""
    check_service(state, request)
    body = await fields(request)
    member, membership = _known(state, text(body, "MemberNo"))
    check_payer(state, request, member)
    for name in ("TransactionDate", "Location", "RedemptionCode", "Description"):
        text(body, name)
    if membership.status != "ACTIVE":
        raise errors.membership_not_active()
    order = Order(
        membership=membership,
        account=_account(membership, body),
        receipt_no=text(body, "ReceiptNo"),
        amount=_amount(body.get("amount")),
        sent=body,
    )
    reply = state.ledger.redeem(order, state.now(), dedupe=state.switches.dedupe_receipts)
    return _reply(state.switches.redeem_reply, reply)


async def cancel(state: MembersonState, request: Request) -> dict[str, Any]:
    """6.2, PROPOSED: with service headers only, since a member's session may be over by then."""
    if not state.switches.cancel_offered:
        raise errors.no_such_call()
    check_service(state, request)
    body = await fields(request)
    _, membership = _known(state, text(body, "MemberNo"))
    for name in ("TransactionDate", "Location"):
        text(body, name)
    order = Order(
        membership=membership,
        account=_account(membership, body),
        receipt_no=text(body, "ReceiptNo"),
        amount=None if body.get("amount") is None else _amount(body["amount"]),
        transaction_id=text(body, "TransactionId") if body.get("transactionid") else None,
        sent=body,
    )
    repeat_fails = state.switches.second_reversal_fails
    return state.ledger.cancel(order, state.now(), repeat_fails=repeat_fails)


async def transactions(state: MembersonState, request: Request) -> list[dict[str, Any]]:
    """6.3, PROPOSED: newest last; dates are compared by their day."""
    if not state.switches.history_offered:
        raise errors.no_such_call()
    check_service(state, request)
    member_no = request.path_params["mn"]
    _known(state, member_no)
    asked = query(request)
    first, last = asked.get("fromdate", "")[:10], asked.get("todate", "")[:10] or "9999"
    return [
        entry.history_row()
        for entry in state.ledger.history(member_no)
        if asked.get("pointtype") in {None, "", entry.point_type}
        and asked.get("receiptno") in {None, "", entry.receipt_no}
        and first <= str(entry.sent.get("transactiondate", ""))[:10] <= last
    ]


def _known(state: MembersonState, member_no: str) -> tuple[Any, Membership]:
    found = state.membership(member_no)
    if found is None:
        raise errors.unknown_member()
    return found


def _account(membership: Membership, body: dict[str, Any]) -> Account:
    account = membership.account(text(body, "PointType"))
    if account is None:
        raise errors.unusable("The member has no such points.")
    return account


def _amount(value: Any) -> int:
    """A positive whole number; the sign is CONFIRMED, that others are refused is PROPOSED."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise errors.unusable("Amount must be a whole number above zero.")
    return value


def _reply(style: str, reply: dict[str, Any]) -> Response:
    if style == "string":
        return JSONResponse(reply["TransactionId"])
    if style == "empty":
        return Response(b"")
    return JSONResponse(reply)
