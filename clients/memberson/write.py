"""What changes something at Memberson: a member's session, and points."""

import datetime as dt
from typing import Any

import httpx

from clients import parsing
from clients.errors import Malformed, OutcomeUnknown
from clients.memberson import proposed
from clients.memberson.auth import usable_token
from clients.memberson.link import Link
from clients.memberson.models import Redemption, SignedIn
from clients.memberson.read import profile_path
from clients.transport import Call


class MembersonWrites:
    """`zone` is that of dates without an offset, and of those we send.

    Errors: NotSent, Refused, OutcomeUnknown.
    """

    def __init__(self, link: Link, zone: dt.tzinfo) -> None:
        self._link = link
        self._zone = zone

    async def sign_in(self, customer_number: str, password: str) -> SignedIn:
        """Open a member session (CONFIRMED [WT][KD]). Errors: also Malformed.

        A write, since the CRM may count failed attempts.
        """
        call = Call(
            operation="signin",
            method="POST",
            path=f"{profile_path(customer_number)}/signin",
            json={"Password": password},
            writes=True,
        )
        row = parsing.record(await self._link.ask(call))
        token = usable_token(parsing.words(row, "Token"))
        if token is None:
            raise Malformed(self._link.upstream, call.operation, "no session in the answer")
        return SignedIn(
            profile_token=token,
            expires_at=parsing.moment(row, "ExpiryDate", self._zone)
            or parsing.moment(row, "TokenExpiryDate", self._zone),
            must_change_password=parsing.flag(row, "NeedPasswordChange") or False,
        )

    async def redeem_point(self, redemption: Redemption, profile_token: str) -> str | None:
        """Take points (CONFIRMED [G2T8-J][SMU2][EPB]); the redemption's id if the answer has one.

        A 2xx means taken: what its body is, is NOT FOUND in the record. One that is no answer of
        the CRM's at all, such as a proxy's page, means nothing, and is OutcomeUnknown.
        """
        call = Call(
            operation="redeem-point",
            method="POST",
            path="/api/transaction/redeem-point",
            json={
                **self._entry(redemption),
                "Amount": redemption.amount,
                "RedemptionCode": redemption.redemption_code,
            },
            writes=True,
        )
        response = await self._link.send(call, profile_token)
        if not _is_an_answer(response):
            raise OutcomeUnknown(self._link.upstream, call.operation, "unreadable answer")
        return proposed.redemption_id(response.content)

    async def cancel_redeem_point(
        self, redemption: Redemption, profile_token: str | None
    ) -> str | None:
        """Give all points of a redemption back (PROPOSED call), found by its receipt.

        The reversal's id if the answer has one. Errors: also OutcomeUnknown for a 2xx that says
        something else than a JSON object.
        """
        call = Call(
            operation="cancel-redeem-point",
            method="POST",
            path=proposed.CANCEL_PATH,
            json=self._entry(redemption),
            writes=True,
        )
        answer = await self._link.send(call, profile_token)
        if answer.content and not _is_object(answer.content):
            raise OutcomeUnknown(self._link.upstream, call.operation, "unreadable answer")
        return proposed.redemption_id(answer.content)

    def _entry(self, redemption: Redemption) -> dict[str, Any]:
        return {
            "MemberNo": redemption.member_number,
            "PointType": redemption.point_type,
            "TransactionDate": self._date(redemption.at),
            "Location": redemption.location,
            "Description": redemption.description,
            "ReceiptNo": redemption.receipt_no,
        }

    def _date(self, at: dt.datetime) -> str:
        """`2018-12-07T12:02:00+08:00` (CONFIRMED [EPB][SMU2])."""
        return at.astimezone(self._zone).isoformat(timespec="seconds")


def _is_an_answer(response: httpx.Response) -> bool:
    """Whether this can be the CRM's: nothing, a plain text that calls itself one, or any JSON."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not response.content or kind == "text/plain":
        return True
    try:
        parsing.decoded(response.content)
    except ValueError:
        return False
    return True


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(parsing.decoded(content), dict)
    except ValueError:
        return False
