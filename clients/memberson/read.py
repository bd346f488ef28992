"""What can be asked of Memberson."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from clients import parsing
from clients.errors import Malformed
from clients.memberson import proposed
from clients.memberson.link import Link
from clients.memberson.models import (
    ConversionRate,
    MembershipSummary,
    Phone,
    PointsEntry,
    ProfileRecord,
)
from clients.parsing import Record
from clients.transport import Call

# CustomerNumber: 8 digits with leading zeros (CONFIRMED [EPB][SMU2]), lost if it comes as a number.
_CUSTOMER_DIGITS = 8


class MembersonReads:
    """Each call is one request. `zone` is that of dates without an offset.

    Errors: NotSent, Refused, OutcomeUnknown, Malformed.
    """

    def __init__(self, link: Link, zone: dt.tzinfo) -> None:
        self._link = link
        self._zone = zone

    async def search_simple(self, email: str) -> tuple[str, ...]:
        """The customer numbers that have this email, each once; none is an empty tuple.

        Errors: also Malformed for hits of which none has a number, which is not "nobody found".
        """
        call = Call(
            operation="search-simple",
            method="POST",
            path="/api/profile/search-simple",
            json={"EmailAddress": email},
        )
        hits = self._list(call, await self._link.ask(call))
        numbers = (parsing.text(row, "CustomerNumber") for row in parsing.records(hits))
        found = tuple(
            dict.fromkeys(
                number.zfill(_CUSTOMER_DIGITS) if number.isdecimal() else number
                for number in numbers
                if number
            )
        )
        if hits and not found:
            raise Malformed(self._link.upstream, call.operation, "no CustomerNumber")
        return found

    async def profile(self, customer_number: str) -> ProfileRecord:
        """Errors: also Malformed where neither a name nor an email is told."""
        call = Call(operation="profile", method="GET", path=profile_path(customer_number))
        row = self._object(call, await self._link.ask(call))
        found = ProfileRecord(
            first_name=parsing.words(row, "FirstName"),
            last_name=parsing.words(row, "LastName"),
            # Profiles say `Email`, search results `EmailAddress` (CONFIRMED [NGS][EPB]).
            email=parsing.words(row, "Email") or parsing.words(row, "EmailAddress"),
            phones=tuple(_phone(phone) for phone in parsing.records(row.get("Phones"))),
        )
        if not (found.first_name or found.last_name or found.email):
            raise Malformed(self._link.upstream, call.operation, "nobody's profile")
        return found

    async def summary(self, customer_number: str) -> tuple[MembershipSummary, ...]:
        """All memberships of a customer, with the balance of each account; null is none.

        Errors: also Malformed where there are memberships, and none of them says anything.
        """
        path = f"{profile_path(customer_number)}/summary"
        call = Call(operation="summary", method="GET", path=path)
        row = self._object(call, await self._link.ask(call))
        if "MembershipSummaries" not in row:
            raise Malformed(self._link.upstream, call.operation, "no MembershipSummaries")
        said = row["MembershipSummaries"]
        rows = [] if said is None else self._list(call, said)
        found = tuple(self._membership(membership) for membership in parsing.records(rows))
        if rows and not any(each.member_number or each.status or each.tier for each in found):
            raise Malformed(self._link.upstream, call.operation, "nothing of a membership")
        return found

    async def conversion_rates(self) -> tuple[ConversionRate, ...]:
        """Rates that can be used; one with a missing or non-positive figure is left out.

        Errors: also Malformed where that leaves none of them.
        """
        call = Call(operation="conversion-rate", method="GET", path="/api/type/conversion-rate")
        rows = self._list(call, await self._link.ask(call))
        found = tuple(rate for row in parsing.records(rows) for rate in _rates(row))
        if rows and not found:
            raise Malformed(self._link.upstream, call.operation, "no rate that can be used")
        return found

    async def transactions(
        self, member_number: str, *, point_type: str, receipt_no: str
    ) -> tuple[PointsEntry, ...]:
        """The points history under one receipt (PROPOSED call), each entry once.

        Errors: also Malformed where an entry cannot be told: it may be the redemption asked about.
        """
        call = Call(
            operation="transactions",
            method="GET",
            path=proposed.transactions_path(member_number),
            params=proposed.transactions_query(point_type, receipt_no),
        )
        rows = self._list(call, await self._link.ask(call))
        found = tuple(proposed.entry(parsing.record(row)) for row in rows)
        if not all(proposed.can_be_told(each) for each in found):
            raise Malformed(self._link.upstream, call.operation, "an entry that says nothing")
        return tuple(dict.fromkeys(found))

    def _membership(self, row: Record) -> MembershipSummary:
        accounts = parsing.records(row.get("AccountSummaries"))
        return MembershipSummary(
            member_number=parsing.text(row, "MemberNo"),
            status=(parsing.text(row, "Status") or "").upper(),
            tier=parsing.text(row, "Tier"),
            expires_at=parsing.moment(row, "ExpiryDate", self._zone),
            accounts=tuple(proposed.account(account) for account in accounts),
        )

    def _list(self, call: Call, answer: Any) -> list[Any]:
        if not isinstance(answer, list):
            raise Malformed(self._link.upstream, call.operation, "no list")
        return answer

    def _object(self, call: Call, answer: Any) -> Record:
        if not isinstance(answer, dict):
            raise Malformed(self._link.upstream, call.operation, "no object")
        return answer


def profile_path(customer_number: str) -> str:
    return f"/api/profile/{quote(customer_number, safe='')}"


def _phone(row: Record) -> Phone:
    return Phone(
        kind=parsing.text(row, "Type"),
        country_code=parsing.text(row, "CountryCode"),
        number=parsing.text(row, "Number"),
    )


def _rates(row: Record) -> Iterator[ConversionRate]:
    currency = parsing.text(row, "ToCurrency")
    from_rate, to_rate = parsing.number(row, "FromRate"), parsing.number(row, "ToRate")
    if currency and from_rate and to_rate and from_rate > 0 and to_rate > 0:
        yield ConversionRate(to_currency=currency, from_rate=from_rate, to_rate=to_rate)
