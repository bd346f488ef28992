"""Memberson's answers, typed. Any field may be missing, so that nearly all of them are optional."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """`profile_token` is the member session that redeeming points needs."""

    profile_token: str = field(repr=False)
    expires_at: dt.datetime | None
    must_change_password: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    kind: str | None
    country_code: str | None
    number: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRecord:
    first_name: str | None = field(repr=False)
    last_name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One points account; `balance` may have decimals (CONFIRMED [EPB])."""

    point_type: str | None
    balance: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipSummary:
    """`status` is upper case: ACTIVE, EXPIRED [EPB], TERMINATED, or one we do not know."""

    member_number: str | None
    status: str
    tier: str | None
    expires_at: dt.datetime | None
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRate:
    """Money = points / from_rate * to_rate (CONFIRMED [EPB])."""

    to_currency: str
    from_rate: Decimal
    to_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsEntry:
    """One line of the points history (PROPOSED). `kind` is upper case; `amount` is signed."""

    id: str | None
    kind: str
    amount: Decimal | None
    receipt_no: str | None
    reversed_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """What to take. `receipt_no` is our own reference; `amount` is whole points, above zero."""

    member_number: str
    point_type: str
    location: str
    amount: int
    receipt_no: str
    redemption_code: str
    description: str
    at: dt.datetime
