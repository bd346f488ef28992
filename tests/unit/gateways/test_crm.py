import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bff.gateways.crm import MembersonCrm, phone_number
from bff.members.model import Membership, MembershipStatus, Profile
from bff.members.ports import CrmSession, WrongPassword
from bff.money import Rate
from bff.settings import MembersonSettings
from clients.errors import Malformed, OutcomeUnknown, Refused
from clients.memberson.models import Phone
from tests.fake_clock import NOON, FakeClock
from tests.memberson_wire import (
    PROFILE,
    RATES,
    SEARCH,
    SIGNIN,
    SUMMARY,
    ZONE,
    Crm,
    linked,
    reads,
    refuses,
    says,
    writes,
)

SETTINGS = MembersonSettings(
    url="https://crm.test",
    point_type="C21 Points",
    location="HQ",
    time_zone="Asia/Singapore",
    history=True,
    cancel=True,
)
POINTS = {"PointType": "C21 Points", "Balance": 1250.0}
SGD = {"ToCurrency": "SGD", "FromRate": 100, "ToRate": 1}


class Seconds:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@contextlib.asynccontextmanager
async def opened(crm: Crm, seconds: Seconds | None = None) -> AsyncIterator[MembersonCrm]:
    clock = FakeClock()
    async with linked(crm, clock) as link:
        gateway = MembersonCrm(
            reads(link), writes(link), SETTINGS, clock, monotonic=seconds or Seconds()
        )
        try:
            yield gateway
        finally:
            await gateway.aclose()


def membership(number: str | None = "CT0000001A", **fields: Any) -> dict[str, Any]:
    return {"MemberNo": number, "Status": "ACTIVE", "AccountSummaries": [POINTS], **fields}


async def standing_of(*memberships: Any) -> tuple[Membership | None, int | None]:
    crm = Crm()
    crm.on(SUMMARY, says({"MembershipSummaries": list(memberships)}))
    async with opened(crm) as gateway:
        standing = await gateway.standing("00012345")
    assert (standing.currency, standing.as_of) == ("C21 Points", NOON)
    return standing.membership, standing.balance


async def test_two_customers_with_one_email_are_both_told() -> None:
    crm = Crm()
    crm.on(SEARCH, says([{"CustomerNumber": "00012345"}, {"CustomerNumber": "00012346"}]))
    async with opened(crm) as gateway:
        assert await gateway.find("mei@example.test") == ("00012345", "00012346")


async def test_signing_in_keeps_the_member_s_token_until_its_end() -> None:
    crm = Crm()
    crm.on(SIGNIN, says({"Token": "p-1", "ExpiryDate": "2026-11-23T09:00:00"}))
    async with opened(crm) as gateway:
        assert await gateway.sign_in("00012345", "hunter2") == CrmSession(
            customer_number="00012345",
            profile_token="p-1",
            expires_at=dt.datetime(2026, 11, 23, 9, tzinfo=ZONE),
        )


async def test_a_session_without_an_end_lasts_a_day() -> None:
    crm = Crm()
    crm.on(SIGNIN, says({"Token": "p-1"}))
    async with opened(crm) as gateway:
        session = await gateway.sign_in("00012345", "hunter2")
    assert session.expires_at == NOON + dt.timedelta(hours=24)


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("code", "must_reset"), [(1001, False), ("1001", False), (1002, True), ("1004", True)]
)
async def test_a_wrong_password_is_told_from_one_that_must_be_reset(
    code: object, status: int, *, must_reset: bool
) -> None:
    crm = Crm()
    crm.on(SIGNIN, refuses(code, status))
    async with opened(crm) as gateway:
        with pytest.raises(WrongPassword) as caught:
            await gateway.sign_in("00012345", "hunter2")
    assert caught.value.must_reset is must_reset


async def test_another_refusal_of_a_sign_in_is_no_wrong_password() -> None:
    crm = Crm()
    crm.on(SIGNIN, refuses(3005, 404))
    async with opened(crm) as gateway:
        with pytest.raises(Refused):
            await gateway.sign_in("00012345", "hunter2")


async def test_a_profile_with_a_name_alone_is_still_a_profile() -> None:
    crm = Crm()
    crm.on(PROFILE, says({"Phones": None, "FirstName": "Mei", "LastName": None}))
    async with opened(crm) as gateway:
        assert await gateway.profile("00012345") == Profile(
            customer_number="00012345", first_name="Mei", last_name="", email="", phone_number=None
        )


@pytest.mark.parametrize("answer", [{}, {"FirstName": None, "Email": ""}, {"FirstName": 3}])
async def test_nobodys_profile_replaces_nothing(answer: Any) -> None:
    crm = Crm()
    crm.on(PROFILE, says(answer))
    async with opened(crm) as gateway:
        with pytest.raises(Malformed, match="nobody's"):
            await gateway.profile("00012345")


@pytest.mark.parametrize(
    ("phones", "number"),
    [
        ([], None),
        ([("HOME", "65", "61112222"), ("mobile", "65", "9123 4567")], "+6591234567"),
        ([("HOME", "65", "61112222"), ("MOBILE", None, "91234567")], "+6561112222"),
        ([("MOBILE", "+65", "9123-4567")], "+6591234567"),
        ([("MOBILE", "65", "+65 91234567")], "+6591234567"),
        ([("MOBILE", None, "+6591234567")], "+6591234567"),
        ([("MOBILE", "SG", "91234567")], None),
        ([("MOBILE", "65", None)], None),
        ([("MOBILE", "65", "1")], None),
        ([("MOBILE", "65", "9" * 14)], None),
        ([(None, "62", "81234567890")], "+6281234567890"),
    ],
)
def test_a_phone_number_is_the_first_sensible_one_mobile_first(
    phones: list[tuple[str | None, str | None, str | None]], number: str | None
) -> None:
    made = [Phone(kind=kind, country_code=code, number=digits) for kind, code, digits in phones]
    assert phone_number(made) == number


async def test_the_first_active_membership_that_has_not_ended_counts() -> None:
    found, balance = await standing_of(
        membership("E1", Status="EXPIRED", AccountSummaries=[{**POINTS, "Balance": 1}]),
        membership("E2", ExpiryDate="2026-11-22T19:59:59"),  # a second ago in Singapore
        membership("A1", ExpiryDate="2026-11-22T20:00:01", Tier="Tier 2"),
        membership("A2", ExpiryDate=None),
    )
    assert found == Membership(
        number="A1",
        status=MembershipStatus.ACTIVE,
        tier="Tier 2",
        expires_at=dt.datetime(2026, 11, 22, 20, 0, 1, tzinfo=ZONE),
    )
    assert balance == 1250


@pytest.mark.parametrize("end", [None, "", "not a date", 5, "0001-01-01T00:00:00"])
async def test_a_membership_without_a_sensible_end_has_none(end: object) -> None:
    found, _ = await standing_of(membership(ExpiryDate=end))
    assert found == Membership(number="CT0000001A", status=MembershipStatus.ACTIVE)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("EXPIRED", MembershipStatus.EXPIRED),
        ("terminated", MembershipStatus.TERMINATED),
        ("FROZEN", MembershipStatus.UNKNOWN),
        (None, MembershipStatus.UNKNOWN),
        (7, MembershipStatus.UNKNOWN),
    ],
)
async def test_without_an_active_membership_the_first_is_shown_as_it_is(
    status: object, told: MembershipStatus
) -> None:
    found, _ = await standing_of(membership("X", Status=status), membership("Y", Status="EXPIRED"))
    assert found is not None
    assert (found.number, found.status) == ("X", told)


async def test_an_active_membership_that_has_ended_is_expired() -> None:
    found, _ = await standing_of(membership(ExpiryDate="2020-01-01T00:00:00"))
    assert found is not None
    assert found.status is MembershipStatus.EXPIRED


@pytest.mark.parametrize("memberships", [[], [membership(None)], [membership("")]])
async def test_a_member_without_a_numbered_membership_has_none(memberships: list[Any]) -> None:
    assert await standing_of(*memberships) == (None, None)


@pytest.mark.parametrize(
    ("accounts", "balance"),
    [
        ([POINTS, {"PointType": "Gift", "Balance": 9}], 1250),
        ([{"PointType": "c21 points", "Balance": "99.99"}], 99),
        ([{"PointType": "C21 Points", "Balance": -0.5}], -1),
        ([{"Balance": 77.9}], 77),
        ([{"PointType": None, "Balance": 77}], 77),
        ([{"Balance": 1}, {"Balance": 2}], None),
        ([POINTS, POINTS], None),
        ([{"PointType": "Gift", "Balance": 9}], None),
        ([{"PointType": "C21 Points", "Balance": None}], None),
        ([{"PointType": "C21 Points", "Balance": "many"}], None),
        ([], None),
        (None, None),
    ],
)
async def test_a_balance_is_told_only_when_its_account_is_told_apart(
    accounts: object, balance: int | None
) -> None:
    _, found = await standing_of(membership(AccountSummaries=accounts))
    assert found == balance


async def test_rates_are_asked_once_for_all_callers_and_again_after_ten_minutes() -> None:
    crm, seconds = Crm(), Seconds()
    crm.on(RATES, says([SGD]))
    async with opened(crm, seconds) as gateway:
        found = await asyncio.gather(*(gateway.rates() for _ in range(20)))
        seconds.at = 599
        await gateway.rates()
        assert crm.calls[RATES] == 1
        seconds.at = 1201
        await gateway.rates()
    assert crm.calls[RATES] == 2
    assert found[0] == (Rate(currency="SGD", from_rate=Decimal(100), to_rate=Decimal(1)),)


async def test_the_last_known_rates_serve_while_the_crm_is_away() -> None:
    crm, seconds = Crm(), Seconds()
    crm.on(RATES, says([SGD]), httpx.Response(503))
    async with opened(crm, seconds) as gateway:
        known = await gateway.rates()
        seconds.at = 20 * 3600
        assert await gateway.rates() == known


async def test_rates_that_were_never_known_are_an_error() -> None:
    crm = Crm()
    crm.on(RATES, httpx.Response(503), httpx.Response(503), says([SGD]))
    async with opened(crm) as gateway:
        with pytest.raises(OutcomeUnknown):
            await gateway.rates()
        assert len(await gateway.rates()) == 1
