"""The members the CRM knows."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.seed import model

POINT_TYPE = "C21 Points"  # CONFIRMED name of COMO's points


@dataclass(slots=True, kw_only=True)
class Account:
    point_type: str
    balance: Decimal

    def shown(self) -> dict[str, Any]:
        # The key PointType is PROPOSED; Balance is CONFIRMED and may have decimals.
        return {"PointType": self.point_type, "Balance": float(self.balance)}


@dataclass(slots=True, kw_only=True)
class Membership:
    """`expiry_date` is sent as it stands: with an offset, without one, or None."""

    member_no: str
    tier: str
    status: str = "ACTIVE"
    type: str = "COMO CLUB"
    expiry_date: str | None = None
    accounts: list[Account] = field(default_factory=list)

    def account(self, point_type: str) -> Account | None:
        return next((one for one in self.accounts if one.point_type == point_type), None)

    def shown(self) -> dict[str, Any]:
        return {
            "MemberNo": self.member_no,
            "Type": self.type,
            "Tier": self.tier,
            "Status": self.status,
            "ExpiryDate": self.expiry_date,
        }


@dataclass(slots=True, kw_only=True)
class Member:
    """`phone` is (country code without +, number)."""

    customer_number: str
    email: str
    password: str = field(repr=False)
    first_name: str
    last_name: str
    title: str = ""
    phone: tuple[str, str] | None = None
    nationality: str = "SG"
    gender: str = ""
    birth_date: str | None = None
    join_date: str | None = None
    language: str = "EN"
    must_reset: bool = False
    need_password_change: bool = False
    memberships: list[Membership] = field(default_factory=list)

    def found(self) -> dict[str, Any]:
        """A hit of search-simple; fields beyond CustomerNumber are PROPOSED."""
        return {
            "CustomerNumber": self.customer_number,
            "FirstName": self.first_name,
            "LastName": self.last_name,
            "EmailAddress": self.email,
        }

    def profile(self) -> dict[str, Any]:
        return {
            "CustomerNumber": self.customer_number,
            "Title": self.title,
            "FirstName": self.first_name,
            "LastName": self.last_name,
            "NickName": self.first_name,
            "IC": "",
            "Email": self.email,
            "Remark": "",
            "DefaultAddressType": "HOME",
            "GenderCode": self.gender,
            "NationalityCode": self.nationality,
            "LanguagePreference": self.language,
            "DOB": self.birth_date,
            "JoinDate": self.join_date,
            "Phones": self._phones(),
            "Addresses": [],
            "Interests": [],
            "ContactPreferences": [],
            "CustomProperties": [],
            "ContactPersons": [],
            "Password": None,
        }

    def summary(self) -> dict[str, Any]:
        return {
            "CustomerNumber": self.customer_number,
            "FirstName": self.first_name,
            "LastName": self.last_name,
            "NationalityCode": self.nationality,
            "DOB": self.birth_date,
            "MembershipSummaries": [
                {
                    **one.shown(),
                    "AccountSummaries": [account.shown() for account in one.accounts],
                    "CardSummaries": [],
                }
                for one in self.memberships
            ],
        }

    def _phones(self) -> list[dict[str, Any]]:
        if self.phone is None:
            return []
        country, number = self.phone
        return [{"Type": "MOBILE", "Number": number, "CountryCode": country, "IsVerified": True}]


def from_seed(seeded: model.Member) -> Member:
    phone = None
    if seeded.phone and seeded.country_code:
        country = seeded.country_code
        phone = (country, seeded.phone.removeprefix("+").removeprefix(country))
    return Member(
        customer_number=seeded.customer_number,
        email=seeded.email,
        password=seeded.password,
        first_name=seeded.first_name,
        last_name=seeded.last_name,
        phone=phone,
        nationality=seeded.nationality,
        birth_date=f"{seeded.birthday}T00:00:00",
        join_date="2019-03-01T00:00:00",
        must_reset=seeded.must_reset_password,
        memberships=[_membership(one) for one in seeded.memberships],
    )


def _membership(seeded: model.Membership) -> Membership:
    account = Account(point_type=seeded.point_type, balance=seeded.balance)
    return Membership(
        member_no=seeded.number,
        tier=seeded.tier,
        status=seeded.status,
        type=seeded.type,
        expiry_date=seeded.expires,
        accounts=[account],
    )
