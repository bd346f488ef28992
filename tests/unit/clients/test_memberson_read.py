import datetime as dt
import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.errors import Malformed, UpstreamError
from clients.memberson.models import (
    Account,
    ConversionRate,
    MembershipSummary,
    Phone,
    PointsEntry,
    ProfileRecord,
)
from tests.memberson_wire import (
    HISTORY,
    PROFILE,
    RATES,
    SEARCH,
    SUMMARY,
    ZONE,
    Crm,
    linked,
    reads,
    says,
)

FULL_SUMMARY = {
    "CustomerNumber": "00012345",
    "MembershipSummaries": [
        {
            "MemberNo": "CT0000001A",
            "Type": "COMO CLUB",
            "Tier": "Tier 2",
            "Status": "Active",
            "ExpiryDate": "2026-08-31T23:59:59+08:00",
            "AccountSummaries": [{"PointType": "C21 Points", "Balance": 1250.5}],
            "CardSummaries": [],
        }
    ],
}


async def test_searching_asks_by_email_and_answers_each_number_once() -> None:
    crm = Crm()
    hits = [
        {"CustomerNumber": "00012345"},
        {"CustomerNumber": "00012345"},
        {"CustomerNumber": "A1"},
    ]
    crm.on(SEARCH, says(hits))
    async with linked(crm) as link:
        assert await reads(link).search_simple("mei@example.test") == ("00012345", "A1")
    assert crm.body(SEARCH) == {"EmailAddress": "mei@example.test"}


async def test_a_customer_number_sent_as_a_number_gets_its_zeros_back() -> None:
    crm = Crm()
    crm.on(SEARCH, says([{"CustomerNumber": 12345}, {"CustomerNumber": None}, None, {}]))
    async with linked(crm) as link:
        assert await reads(link).search_simple("mei@example.test") == ("00012345",)


async def test_nobody_found_is_an_empty_answer() -> None:
    crm = Crm()
    crm.on(SEARCH, says([]))
    async with linked(crm) as link:
        assert await reads(link).search_simple("x@example.test") == ()


async def test_a_profile_is_read_with_its_phones() -> None:
    crm = Crm()
    phone = {"Type": "MOBILE", "Number": 91234567, "CountryCode": "65", "IsVerified": True}
    profile = {"FirstName": "Mei", "LastName": None, "Email": "", "EmailAddress": "m@e.test"}
    crm.on(PROFILE, says({**profile, "Phones": [phone, None, "x"], "Password": "canary"}))
    async with linked(crm) as link:
        found = await reads(link).profile("00012345")
    assert found == ProfileRecord(
        first_name="Mei",
        last_name=None,
        email="m@e.test",
        phones=(Phone(kind="MOBILE", country_code="65", number="91234567"),),
    )
    assert "m@e.test" not in repr(found)


async def test_a_customer_number_cannot_lead_to_another_path() -> None:
    crm = Crm()
    route = "GET /api/profile/../../x?y#z/summary"
    crm.on(route, says({"MembershipSummaries": None}))
    async with linked(crm) as link:
        assert await reads(link).summary("../../x?y#z") == ()
    assert crm.sent(route)[0].url.raw_path == b"/api/profile/..%2F..%2Fx%3Fy%23z/summary"


async def test_a_summary_is_read_with_every_account() -> None:
    crm = Crm()
    crm.on(SUMMARY, says(FULL_SUMMARY))
    async with linked(crm) as link:
        (membership,) = await reads(link).summary("00012345")
    assert membership == MembershipSummary(
        member_number="CT0000001A",
        status="ACTIVE",
        tier="Tier 2",
        expires_at=dt.datetime(2026, 8, 31, 23, 59, 59, tzinfo=ZONE),
        accounts=(Account(point_type="C21 Points", balance=Decimal("1250.5")),),
    )


async def test_a_date_without_an_offset_is_in_the_crm_s_zone() -> None:
    crm = Crm()
    crm.on(
        SUMMARY,
        says({"MembershipSummaries": [{"MemberNo": "A", "ExpiryDate": "2026-08-31T23:59:59"}]}),
    )
    async with linked(crm) as link:
        (membership,) = await reads(link).summary("00012345")
    assert membership.expires_at == dt.datetime(2026, 8, 31, 15, 59, 59, tzinfo=dt.UTC)


async def test_rates_that_cannot_be_used_are_left_out() -> None:
    crm = Crm()
    good: dict[str, object] = {"ToCurrency": "SGD", "FromRate": 100, "ToRate": "1.5"}
    unusable: tuple[object, ...] = (None, "", 0, -1, "x", [])
    spoilt = [{**good, key: value} for key in ("FromRate", "ToRate") for value in unusable]
    spoilt.append({**good, "ToCurrency": None})
    crm.on(RATES, says([*spoilt, good, None]))
    async with linked(crm) as link:
        found = await reads(link).conversion_rates()
    assert found == (
        ConversionRate(to_currency="SGD", from_rate=Decimal(100), to_rate=Decimal("1.5")),
    )


async def test_the_points_history_is_asked_by_receipt_and_has_each_entry_once() -> None:
    crm = Crm()
    row = {
        "TransactionId": "t1",
        "TransactionType": "Redeem",
        "Amount": -300,
        "ReceiptNo": 4711,
        "ReversedTransactionId": None,
    }
    crm.on(HISTORY, says([row, row]))
    async with linked(crm) as link:
        entries = await reads(link).transactions(
            "CT0000001A", point_type="C21 Points", receipt_no="bk-1"
        )
    assert entries == (
        PointsEntry(
            id="t1", kind="REDEEM", amount=Decimal(-300), receipt_no="4711", reversed_id=None
        ),
    )
    assert dict(crm.sent(HISTORY)[0].url.params) == {
        "pointType": "C21 Points",
        "receiptNo": "bk-1",
    }


@pytest.mark.parametrize("answer", [None, 5, "x", {"a": 1}])
async def test_a_list_that_is_none_is_malformed(answer: object) -> None:
    crm = Crm()
    for route in (SEARCH, RATES, HISTORY):
        crm.on(route, says(answer))
    async with linked(crm) as link:
        read = reads(link)
        for asked in (
            read.search_simple("x@example.test"),
            read.conversion_rates(),
            read.transactions("CT0000001A", point_type="p", receipt_no="r"),
        ):
            with pytest.raises(Malformed):
                await asked


@pytest.mark.parametrize("hits", [[None], [{}], [{"CustomerNumber": None}, {}], ["00012345"]])
async def test_hits_without_a_number_do_not_mean_that_nobody_was_found(hits: object) -> None:
    crm = Crm()
    crm.on(SEARCH, says(hits))
    async with linked(crm) as link:
        with pytest.raises(Malformed, match="no CustomerNumber"):
            await reads(link).search_simple("x@example.test")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"MembershipSummaries": {"0": {"MemberNo": "A"}}},
        {"MembershipSummaries": 0},
        {"MembershipSummaries": [None]},
        {"MembershipSummaries": [{"MemberNo": None, "Status": None, "Tier": None}]},
    ],
)
async def test_a_summary_that_says_nothing_does_not_mean_that_there_is_no_membership(
    answer: object,
) -> None:
    crm = Crm()
    crm.on(SUMMARY, says(answer))
    async with linked(crm) as link:
        with pytest.raises(Malformed):
            await reads(link).summary("00012345")


async def test_rates_of_which_none_can_be_used_are_no_news() -> None:
    crm = Crm()
    crm.on(RATES, says([{"ToCurrency": None, "FromRate": None, "ToRate": None}]))
    async with linked(crm) as link:
        with pytest.raises(Malformed):
            await reads(link).conversion_rates()


ENTRY = {"TransactionType": "REDEEM", "Amount": -300, "ReceiptNo": "bk-1"}


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        dict.fromkeys(ENTRY),
        {**ENTRY, "ReceiptNo": None},
        {**ENTRY, "TransactionType": None, "Amount": None},
        {**ENTRY, "TransactionType": "NEW", "Amount": "many"},
    ],
)
async def test_a_history_with_an_entry_that_cannot_be_told_says_nothing(row: object) -> None:
    crm = Crm()
    crm.on(HISTORY, says([{**ENTRY, "ReceiptNo": "bk-0"}, row]))
    async with linked(crm) as link:
        with pytest.raises(Malformed, match="says nothing"):
            await reads(link).transactions("CT0000001A", point_type="C21 Points", receipt_no="bk-1")


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("CustomerNumber", "Email", "FirstName", "Phones", "Type", "Number"),
                    *(
                        "MembershipSummaries",
                        "MemberNo",
                        "Status",
                        "ExpiryDate",
                        "AccountSummaries",
                    ),
                    *("PointType", "Balance", "ToCurrency", "FromRate", "ToRate", "Amount"),
                    *("TransactionType", "ReceiptNo"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=JSON)
async def test_no_answer_whatever_makes_a_read_crash(answer: Any) -> None:
    crm = Crm()
    for route in (SEARCH, PROFILE, SUMMARY, RATES, HISTORY):
        crm.on(route, httpx.Response(200, content=json.dumps(answer)))
    async with linked(crm) as link:
        read = reads(link)
        for asked in (
            read.search_simple("x@example.test"),
            read.profile("00012345"),
            read.summary("00012345"),
            read.conversion_rates(),
            read.transactions("CT0000001A", point_type="p", receipt_no="r"),
        ):
            try:
                await asked
            except UpstreamError as failure:
                assert isinstance(failure, Malformed)  # noqa: PT017 - any other kind is the bug
