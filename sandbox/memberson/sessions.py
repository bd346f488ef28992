"""Signing in, and what the CRM tells of a member."""

from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.requests import Request

from sandbox.memberson import errors
from sandbox.memberson.people import Member
from sandbox.memberson.state import MembersonState
from sandbox.memberson.wire import (
    check_guest,
    check_service,
    check_service_user,
    fields,
    same,
    text,
)

# Dates without an offset are Singapore's, where the tenant is.
TENANT_ZONE = timezone(timedelta(hours=8))


async def authenticate(state: MembersonState, request: Request) -> str:
    """4.1: a bare string (CONFIRMED)."""
    check_service_user(state, request)
    body = await fields(request)
    state.check_api_user(text(body, "UserName"), text(body, "Password"))
    return state.open_service_session()


async def search_simple(state: MembersonState, request: Request) -> list[dict[str, Any]]:
    """4.2: by email or mobile number; none found is an empty list (CONFIRMED)."""
    check_service(state, request)
    body = await fields(request)
    if "emailaddress" in body:
        email = text(body, "EmailAddress").casefold()
        found = [one for one in state.members.values() if one.email.casefold() == email]
    elif "mobilenumber" in body:
        number, country = text(body, "MobileNumber"), body.get("mobilenumbercountrycode")
        found = [
            one
            for one in state.members.values()
            if one.phone is not None
            and one.phone[1] == number
            and country in {None, "", one.phone[0]}
        ]
    else:
        text(body, "NRIC")
        found = []
    return [one.found() for one in found]


async def sign_in(state: MembersonState, request: Request) -> dict[str, Any]:
    """4.3: `Token` of the reply is the `ProfileToken`."""
    check_service(state, request)
    body = await fields(request)
    member = _member(state, request)
    if not same((text(body, "Password"), ""), (member.password, "")):
        raise errors.wrong_password()
    if member.must_reset:
        raise errors.must_reset_password()
    token, ends_at = state.open_guest_session(member.customer_number)
    return {
        "Token": token,
        "CustomerNumber": member.customer_number,
        _expiry_key(state): _local(ends_at),
        "NeedPasswordChange": member.need_password_change,
    }


async def profile(state: MembersonState, request: Request) -> dict[str, Any]:
    return _own(state, request).profile()


async def summary(state: MembersonState, request: Request) -> dict[str, Any]:
    return _own(state, request).summary()


async def memberships(state: MembersonState, request: Request) -> list[dict[str, Any]]:
    return [one.shown() for one in _own(state, request).memberships]


def _member(state: MembersonState, request: Request) -> Member:
    member = state.members.get(request.path_params["cn"])
    if member is None:
        raise errors.unknown_member()
    return member


def _own(state: MembersonState, request: Request) -> Member:
    check_service(state, request)
    member = _member(state, request)
    check_guest(state, request, member)
    return member


def _expiry_key(state: MembersonState) -> str:
    """Clients read the one or the other (CONFIRMED)."""
    key = state.switches.signin_expiry_key
    if key == "alternating":
        return "ExpiryDate" if state.turn() else "TokenExpiryDate"
    return key


def _local(instant: datetime) -> str:
    return instant.astimezone(TENANT_ZONE).strftime("%Y-%m-%dT%H:%M:%S")
