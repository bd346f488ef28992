"""Points taken and given back. Nothing here awaits, so no two calls can interleave."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.memberson import errors
from sandbox.memberson.people import Account, Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A redeem or cancel as it was sent. `amount` None: all that remains (cancel only)."""

    membership: Membership
    account: Account
    receipt_no: str
    amount: int | None
    transaction_id: str | None = None
    sent: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Entry:
    """`amount` is signed: a redemption is negative. `remaining` can still be given back."""

    transaction_id: str
    kind: str
    member_no: str
    point_type: str
    receipt_no: str
    amount: int
    balance: Decimal
    at: datetime
    sent: dict[str, Any]
    remaining: int = 0
    reversed_id: str | None = None
    reply: dict[str, Any] = field(default_factory=dict)
    reversal_reply: dict[str, Any] = field(default_factory=dict)

    def history_row(self) -> dict[str, Any]:
        """A row of the PROPOSED points history."""
        return {
            "TransactionId": self.transaction_id,
            "TransactionType": self.kind,
            "Amount": self.amount,
            "Balance": float(self.balance),
            "TransactionDate": self.sent.get("transactiondate"),
            "ReceiptNo": self.receipt_no,
            "RedemptionCode": self.sent.get("redemptioncode"),
            "Location": self.sent.get("location"),
            "Description": self.sent.get("description"),
            "ReversedTransactionId": self.reversed_id,
        }

    def booked(self) -> dict[str, Any]:
        """As the sandbox's books show it."""
        return {
            "type": self.kind,
            "transaction_id": self.transaction_id,
            "member_no": self.member_no,
            "point_type": self.point_type,
            "receipt_no": self.receipt_no,
            "amount": self.amount,
            "balance": float(self.balance),
            "at": self.at.isoformat(),
            "reversed_transaction_id": self.reversed_id,
        }


class PointsLedger:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._by_receipt: dict[str, list[Entry]] = {}

    def redeem(self, order: Order, now: datetime, *, dedupe: bool) -> dict[str, Any]:
        """Take points. With `dedupe` a receipt number takes points once (PROPOSED, 6.5)."""
        amount = order.amount or 0
        earlier = self._redemptions(order.receipt_no)
        if dedupe and earlier:
            return _same_again(earlier[0], order)
        if order.account.balance < amount:
            raise errors.not_enough_points()
        order.account.balance -= amount
        entry = self._write("REDEEM", order, -amount, now)
        entry.remaining = amount
        entry.reply = {
            "TransactionId": entry.transaction_id,
            "MemberNo": entry.member_no,
            "PointType": entry.point_type,
            "ReceiptNo": entry.receipt_no,
            "RedemptionCode": order.sent.get("redemptioncode"),
            "Amount": amount,
            "Balance": float(entry.balance),
            "TransactionDate": order.sent.get("transactiondate"),
        }
        return entry.reply

    def cancel(self, order: Order, now: datetime, *, repeat_fails: bool) -> dict[str, Any]:
        """Give points back (PROPOSED, 6.2)."""
        redemption = self._redemption_for(order)
        if redemption.remaining == 0:
            if repeat_fails:
                raise errors.more_than_remains()
            return redemption.reversal_reply
        amount = redemption.remaining if order.amount is None else order.amount
        if amount > redemption.remaining:
            raise errors.more_than_remains()
        redemption.remaining -= amount
        order.account.balance += amount
        entry = self._write("REVERSE", order, amount, now)
        entry.reversed_id = redemption.transaction_id
        entry.reply = {
            "TransactionId": entry.transaction_id,
            "ReversedTransactionId": redemption.transaction_id,
            "Amount": amount,
            "Balance": float(entry.balance),
            "Status": "REVERSED",
        }
        redemption.reversal_reply = entry.reply
        return entry.reply

    def left(self, receipt_no: str) -> list[Entry]:
        """Redemptions under this receipt of which something can still be given back."""
        return [entry for entry in self._redemptions(receipt_no) if entry.remaining]

    def history(self, member_no: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.member_no == member_no]

    def _redemptions(self, receipt_no: str) -> list[Entry]:
        entries = self._by_receipt.get(receipt_no, [])
        return [entry for entry in entries if entry.kind == "REDEEM"]

    def _redemption_for(self, order: Order) -> Entry:
        """The redemption meant: by its id if given, else the last one that has something left."""
        found = [
            entry
            for entry in self._redemptions(order.receipt_no)
            if entry.member_no == order.membership.member_no
            and entry.point_type == order.account.point_type
            and order.transaction_id in {None, entry.transaction_id}
        ]
        if not found:
            raise errors.no_such_redemption()
        return next((entry for entry in reversed(found) if entry.remaining), found[-1])

    def _write(self, kind: str, order: Order, amount: int, now: datetime) -> Entry:
        entry = Entry(
            transaction_id=str(uuid.uuid4()),
            kind=kind,
            member_no=order.membership.member_no,
            point_type=order.account.point_type,
            receipt_no=order.receipt_no,
            amount=amount,
            balance=order.account.balance,
            at=now,
            sent=order.sent,
        )
        self.entries.append(entry)
        self._by_receipt.setdefault(entry.receipt_no, []).append(entry)
        return entry


def _same_again(earlier: Entry, order: Order) -> dict[str, Any]:
    """The first reply once more, if who pays what is the same; dates and texts may differ."""
    same = (earlier.member_no, earlier.point_type, -earlier.amount) == (
        order.membership.member_no,
        order.account.point_type,
        order.amount,
    )
    if not same:
        raise errors.receipt_used()
    return earlier.reply
