"""Adding and changing members while the sandbox runs."""

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.inputs import BadInput, flag, number, only, text
from sandbox.memberson.people import POINT_TYPE, Account, Member, Membership
from sandbox.memberson.state import MembersonState

_TEXTS = (
    *("email", "password", "first_name", "last_name", "title", "nationality"),
    *("birth_date", "join_date"),
)
_FLAGS = ("must_reset", "need_password_change")
_MEMBERSHIP_TEXTS = ("tier", "status", "type", "expiry_date")


def seed_members(state: MembersonState, bodies: Any) -> list[Member]:
    """Change the members of these customer numbers, or add them; all or, on `BadInput`, none."""
    members = [_changed(state, body) for body in _list(bodies, "members")]
    for member in members:
        state.put(member)
    return members


def _changed(state: MembersonState, body: Any) -> Member:
    if not isinstance(body, dict):
        raise BadInput("members must be objects")
    only(body, (*_TEXTS, *_FLAGS, "customer_number", "phone", "memberships", "balance"))
    known = state.members.get(text(body, "customer_number"))
    member = copy.deepcopy(known) if known else _new(body)
    for name in set(_TEXTS) & set(body):
        setattr(member, name, text(body, name))
    for name in set(_FLAGS) & set(body):
        setattr(member, name, flag(body, name, default=False))
    if "phone" in body:
        member.phone = _phone(body["phone"])
    if "memberships" in body:
        member.memberships = [_membership(one) for one in _list(body["memberships"], "memberships")]
    if "balance" in body:
        _set_balance(member, body["balance"])
    return member


def _new(body: Mapping[str, Any]) -> Member:
    number_text = text(body, "customer_number")
    return Member(
        customer_number=number_text,
        email=text(body, "email"),
        password=text(body, "password"),
        first_name=text(body, "first_name", "New"),
        last_name=text(body, "last_name", "Member"),
        memberships=[
            Membership(
                member_no=f"CT{number_text[-7:]}X",
                tier="Classic",
                accounts=[Account(point_type=POINT_TYPE, balance=Decimal(0))],
            )
        ],
    )


def _membership(body: Any) -> Membership:
    if not isinstance(body, dict):
        raise BadInput("memberships must be objects")
    only(body, ("member_no", *_MEMBERSHIP_TEXTS, "accounts"))
    accounts = body.get("accounts", {})
    if not isinstance(accounts, dict):
        raise BadInput("accounts must be an object of point type and balance")
    expiry = body.get("expiry_date")
    return Membership(
        member_no=text(body, "member_no"),
        tier=text(body, "tier", "Classic"),
        status=text(body, "status", "ACTIVE"),
        type=text(body, "type", "COMO CLUB"),
        expiry_date=None if expiry is None else text(body, "expiry_date"),
        accounts=[
            Account(point_type=name, balance=_points(value)) for name, value in accounts.items()
        ],
    )


def _set_balance(member: Member, value: Any) -> None:
    """The balance of the first membership's first account; the ledger notes nothing."""
    accounts = [account for one in member.memberships for account in one.accounts]
    if not accounts:
        raise BadInput("the member has no account for a balance")
    accounts[0].balance = _points(value)


def _points(value: Any) -> Decimal:
    return Decimal(str(number(value, "balance")))


def _phone(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadInput("phone must be an object of country_code and number")
    only(value, ("country_code", "number"))
    return text(value, "country_code"), text(value, "number")


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput(f"{name} must be a list")
    return value
