"""The CRM's habits on the wire: three headers, keys in any case, errors with a code."""

import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.memberson import errors
from sandbox.memberson.errors import Refusal
from sandbox.memberson.people import Member
from sandbox.memberson.state import MembersonState

Handler = Callable[[MembersonState, Request], Awaitable[Any]]
# CONFIRMED for redeem-point, where every other call is PROPOSED to answer 401.
_BAD_PROFILE_TOKEN_ON_REDEEM = 400


async def fields(request: Request) -> dict[str, Any]:
    """The body's fields by lower-case name, from JSON or a form (both CONFIRMED)."""
    raw = await request.body()
    if "form" in request.headers.get("content-type", ""):
        return {name.lower(): value for name, value in parse_qsl(raw.decode("utf-8", "replace"))}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as bad:
        raise errors.unusable("The body is not JSON.") from bad
    if not isinstance(body, dict):
        raise errors.unusable("The body is no object.")
    return {str(name).lower(): value for name, value in body.items()}


def query(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.query_params.items()}


def text(body: dict[str, Any], name: str) -> str:
    """A required text; a number does for one."""
    value = body.get(name.lower())
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise errors.unusable(f"{name} is missing.")
    return str(value).strip()


def check_service_user(state: MembersonState, request: Request) -> None:
    """`SvcAuth: base64(user),base64(password)`, with or without a blank after the comma."""
    user, comma, password = request.headers.get("svcauth", "").partition(",")
    known = (user.strip(), password.strip()) if comma else ("", "")
    state.check_api_user(_decoded(known[0]), _decoded(known[1]))


def same(given: tuple[str, str], wanted: tuple[str, str]) -> bool:
    return hmac.compare_digest("\0".join(given).encode(), "\0".join(wanted).encode())


def check_service(state: MembersonState, request: Request) -> None:
    """`SvcAuth` and `Token`."""
    check_service_user(state, request)
    state.check_service(request.headers.get("token"))


def check_guest(state: MembersonState, request: Request, member: Member) -> None:
    """`ProfileToken` on a profile read: needed by some tenants only, but never a wrong one."""
    token = request.headers.get("profiletoken")
    if token is None and not state.switches.profile_reads_need_profile_token:
        return
    if state.guest(token) != member.customer_number:
        raise errors.member_session_over()


def check_payer(state: MembersonState, request: Request, member: Member) -> None:
    """`ProfileToken` on redeem-point: always needed; HTTP 400 when bad (CONFIRMED [SMU2])."""
    if state.guest(request.headers.get("profiletoken")) != member.customer_number:
        raise errors.member_session_over(status=_BAD_PROFILE_TOKEN_ON_REDEEM)


def endpoint(state: MembersonState, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """`handler`'s value as a bare JSON reply, its refusals as the CRM's error body."""

    async def answer(request: Request) -> Response:
        try:
            value = await handler(state, request)
        except Refusal as refusal:
            return refused(state, refusal)
        return value if isinstance(value, Response) else JSONResponse(value)

    return answer


def refused(state: MembersonState, refusal: Refusal) -> Response:
    body: dict[str, Any] = {"Message": refusal.message}
    if refusal.code is not None:
        # Clients of different tenants saw a number and a text: both CONFIRMED.
        style = state.switches.error_code_style
        as_text = style == "string" or (style == "alternating" and state.turn())
        body["ErrorCode"] = str(refusal.code) if as_text else refusal.code
    return JSONResponse(body, refusal.status)


def _decoded(part: str) -> str:
    try:
        return base64.b64decode(part, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
