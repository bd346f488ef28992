"""Memberson's error codes, and its failures sorted by what the caller must do."""

import httpx

from clients import parsing
from clients.errors import OutcomeUnknown, Refused, Unauthorised
from clients.memberson import proposed
from clients.transport import Call, sorted_out

TOKEN_OVER = "2"  # noqa: S105 - CONFIRMED [WT][UA]; an error code, no secret
MEMBER_SESSION_OVER = "9"  # CONFIRMED [WT]
WRONG_PASSWORD = "1001"  # noqa: S105 - CONFIRMED [WT]; an error code
MUST_RESET_PASSWORD = frozenset({"1002", "1004"})  # CONFIRMED [WT]; not told apart
GENERAL_FAILURE = "9000"  # CONFIRMED [WT]

_REFUSALS = {MEMBER_SESSION_OVER, WRONG_PASSWORD, *MUST_RESET_PASSWORD, *proposed.CODES}

# The statuses of a route that this tenant does not have.
NO_SUCH_ROUTE = frozenset(
    {httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED}
)


def error_code(content: bytes) -> str | None:
    """`ErrorCode` as text: tenants send it as a number ([WT]) or as a string ([UA])."""
    try:
        return parsing.text(parsing.record(parsing.decoded(content)), "ErrorCode")
    except ValueError:
        return None


def sort(upstream: str, call: Call, response: httpx.Response) -> httpx.Response:
    """A 2xx answer as it is, any other raised.

    A code that we know outweighs the status, since the status that goes with a code is NOT FOUND.
    A 401 with a code of the member's own must not renew the service token.
    """
    if response.is_success:
        return response
    code, status = error_code(response.content), response.status_code
    where = (upstream, call.operation)
    if code == TOKEN_OVER:
        raise Unauthorised(*where, f"code {code}", status=status, code=code)
    if code == GENERAL_FAILURE:
        raise OutcomeUnknown(*where, f"code {code}", status=status)
    if code in _REFUSALS:
        raise Refused(*where, f"code {code}", status=status, code=code)
    if status == httpx.codes.NOT_IMPLEMENTED:
        raise Refused(*where, str(status), status=status, code=code)
    return sorted_out(upstream, call, response, code=code)
