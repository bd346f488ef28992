"""Which of a customer's memberships counts, and how many points it has. Pure."""

import datetime as dt
import math
from collections.abc import Sequence

from bff.members.model import Membership, MembershipStatus
from clients.memberson.models import MembershipSummary


def in_force(
    memberships: Sequence[MembershipSummary], now: dt.datetime
) -> MembershipSummary | None:
    """The first active membership that has not ended ([EPB]'s rule), else the first of all.

    One without a number cannot be named to anybody, the CRM included, and is passed over.
    """
    numbered = [each for each in memberships if each.member_number]
    active = (each for each in numbered if _status(each, now) is MembershipStatus.ACTIVE)
    return next(active, numbered[0] if numbered else None)


def with_number(memberships: Sequence[MembershipSummary], number: str) -> MembershipSummary | None:
    return next((each for each in memberships if each.member_number == number), None)


def described(membership: MembershipSummary | None, now: dt.datetime) -> Membership | None:
    if membership is None or membership.member_number is None:
        return None
    return Membership(
        number=membership.member_number,
        status=_status(membership, now),
        tier=membership.tier,
        expires_at=_end(membership),
    )


def balance_of(membership: MembershipSummary | None, point_type: str) -> int | None:
    """Whole points of the account of this type, fractions dropped.

    None when it cannot be told apart: the key that names an account is not confirmed, and taking
    another currency's balance for ours would be worse than none. A lone account without a name is
    ours.
    """
    accounts = membership.accounts if membership else ()
    ours = [each for each in accounts if _same(each.point_type, point_type)]
    if not ours and len(accounts) == 1 and accounts[0].point_type is None:
        ours = list(accounts)
    if len(ours) != 1 or ours[0].balance is None:
        return None
    return math.floor(ours[0].balance)


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.casefold() == other.casefold()


def _status(membership: MembershipSummary, now: dt.datetime) -> MembershipStatus:
    known = membership.status in MembershipStatus.__members__
    status = MembershipStatus(membership.status) if known else MembershipStatus.UNKNOWN
    end = _end(membership)
    if status is MembershipStatus.ACTIVE and end is not None and end < now:
        return MembershipStatus.EXPIRED
    return status


def _end(membership: MembershipSummary) -> dt.datetime | None:
    """None for no end, also where it is written as a date in the year 1."""
    end = membership.expires_at
    return None if end is None or end.year == dt.MINYEAR else end
