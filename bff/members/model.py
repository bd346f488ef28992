"""Members as the CRM knows them, and the session that lets us act for one."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class MembershipStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    customer_number: str
    first_name: str
    last_name: str
    email: str
    phone_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    number: str
    status: MembershipStatus
    tier: str | None = None
    expires_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The membership in force and its points, asked of the CRM at `as_of`.

    `balance` is whole points, fractions dropped; None when no points account can be told apart.
    """

    membership: Membership | None
    balance: int | None
    currency: str
    as_of: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSession:
    """What signing in left with us, kept encrypted under the Cognito `sub`.

    `profile_token` is the CRM's member session (24 h, INFERRED [NGS]); redeeming points needs it.
    `expires_at` is its end.
    """

    sub: str
    profile: Profile
    member_number: str | None
    profile_token: str = field(repr=False)
    expires_at: dt.datetime
