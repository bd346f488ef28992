"""What we assume of Memberson because nothing public says it; all of it, and only here.

Every fact below is marked PROPOSED in docs/upstreams/memberson.md. Where a tenant differs, this
module is what to replace; the rest of the client holds to confirmed facts.
"""

import datetime as dt
from urllib.parse import quote

from clients import parsing
from clients.memberson.models import Account, PointsEntry
from clients.parsing import Record

CANCEL_PATH = "/api/transaction/cancel-redeem-point"

# The lifetime of the service token is not documented; systems before us renewed it this often.
TOKEN_LIFETIME = dt.timedelta(hours=6)

NOT_ENOUGH_POINTS = "3001"
REDEMPTION_UNKNOWN = "3002"
MORE_THAN_REMAINS = "3003"
RECEIPT_USED_OTHERWISE = "3004"
MEMBER_UNKNOWN = "3005"

CODES = frozenset(
    {
        NOT_ENOUGH_POINTS,
        REDEMPTION_UNKNOWN,
        MORE_THAN_REMAINS,
        RECEIPT_USED_OTHERWISE,
        MEMBER_UNKNOWN,
    }
)

TRANSACTION_TYPES = frozenset({"EARN", "REDEEM", "REVERSE", "ADJUST", "EXPIRE"})


def transactions_path(member_number: str) -> str:
    return f"/api/member/{quote(member_number, safe='')}/transactions"


def transactions_query(point_type: str, receipt_no: str) -> dict[str, str]:
    return {"pointType": point_type, "receiptNo": receipt_no}


def entry(row: Record) -> PointsEntry:
    return PointsEntry(
        id=parsing.text(row, "TransactionId"),
        kind=(parsing.text(row, "TransactionType") or "").upper(),
        amount=parsing.number(row, "Amount"),
        receipt_no=parsing.text(row, "ReceiptNo"),
        reversed_id=parsing.text(row, "ReversedTransactionId"),
    )


def account(row: Record) -> Account:
    """`Balance` is CONFIRMED [EPB]; the key that tells accounts apart is not."""
    return Account(
        point_type=parsing.text(row, "PointType"), balance=parsing.number(row, "Balance")
    )


def redemption_id(content: bytes) -> str | None:
    """The redemption's id, if the answer holds one: an object, a bare string, or nothing at all."""
    try:
        answer = parsing.decoded(content)
    except ValueError:
        return None
    if isinstance(answer, str):
        return answer.strip() or None
    return parsing.text(parsing.record(answer), "TransactionId")


def can_be_told(entry: PointsEntry) -> bool:
    """Whether it says what it is about, and whether points were taken or given back."""
    is_about = entry.receipt_no is not None or entry.reversed_id is not None
    return is_about and (entry.kind in TRANSACTION_TYPES or entry.amount is not None)


def is_redemption(entry: PointsEntry) -> bool:
    """Points taken; where the type is one we do not know, the sign says so."""
    if entry.kind in TRANSACTION_TYPES:
        return entry.kind == "REDEEM"
    return entry.amount is not None and entry.amount < 0


def is_reversal(entry: PointsEntry) -> bool:
    if entry.kind in TRANSACTION_TYPES:
        return entry.kind == "REVERSE"
    return entry.reversed_id is not None
