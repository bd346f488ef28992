"""What reaches the client in `errors`: a code, whether to try again, and no text of ours.

Only `ApiError` and the failures of the client's own document keep their words. An upstream that
is out of reach is named. All else says nothing but a request id, and is logged without its text,
since the text of an unexpected error may hold anything.
"""

import logging
import math
import re
import traceback
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from bff.booking.ledger_away import LedgerAway
from bff.credentials.vault import CannotOpen
from clients.errors import UpstreamError
from resolvers.wording import BAD_USER_INPUT, PARSE_FAILED, VALIDATION_FAILED, without_values

logger = logging.getLogger("resolvers")

UNAUTHENTICATED = "UNAUTHENTICATED"
NOT_FOUND = "NOT_FOUND"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
UPSTREAM_UNAVAILABLE = "UPSTREAM_UNAVAILABLE"
LEDGER_UNAVAILABLE = "LEDGER_UNAVAILABLE"
INTERNAL = "INTERNAL_SERVER_ERROR"

# graphql-core quotes the client's values; enough to find them, not a mirror of the whole request.
_LONGEST_MESSAGE = 500
# An upstream may ask for any length of time; a guest who waits is told one that somebody waits.
_LONGEST_WAIT_SECONDS = 300.0
# A row that no data key here opens is there all the same: with the key back, the call succeeds.
_CANNOT_READ = (LedgerAway, CannotOpen)
_NOT_WRITTEN = "Our records are out of reach. Send the same again: the same key is safe."
_SUGGESTION = re.compile(r"\s*Did you mean [^?]*\?")


class ApiError(GraphQLError):
    """An error whose words are meant for the app's developer."""

    def __init__(self, code: str, message: str, *, retryable: bool = False, **facts: str) -> None:
        super().__init__(message, extensions={"code": code, "retryable": retryable, **facts})


class Unauthenticated(ApiError):
    """`reason`: no_token, expired (refresh the session), invalid or no_session (sign in again)."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            UNAUTHENTICATED,
            "This needs a signed-in member: send a valid access token.",
            reason=reason,
        )


class TokenUnchecked(ApiError):
    """The issuer's keys are out of reach, so that the token may be good in a moment."""

    def __init__(self) -> None:
        super().__init__(
            UPSTREAM_UNAVAILABLE,
            "Access tokens cannot be checked at the moment.",
            retryable=True,
            upstream="cognito",
        )


class BadInput(ApiError):
    """An argument outside its bounds."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(BAD_USER_INPUT, f"{field}: {message}", field=field)


class NotFound(ApiError):
    """There is nothing of this id for this member."""

    def __init__(self) -> None:
        super().__init__(NOT_FOUND, "There is no such thing, or it is not yours.")


def presented(
    error: GraphQLError, *, request_id: str, before_execution: bool, suggestions: bool
) -> GraphQLError:
    """The error as the client may see it."""
    message, extensions = _judge(error, before_execution=before_execution)
    if not suggestions:
        message = without_values(error, _SUGGESTION.sub("", message), extensions["code"])
    return GraphQLError(
        message[:_LONGEST_MESSAGE],
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**extensions, "requestId": request_id},
    )


def _judge(error: GraphQLError, *, before_execution: bool) -> tuple[str, Mapping[str, Any]]:
    cause = _cause(error)
    if isinstance(cause, ApiError):
        return cause.message, cause.extensions or {}
    if isinstance(cause, UpstreamError):
        facts = {"upstream": cause.upstream, "retryable": True, **_wait(cause)}
        return "An upstream is out of reach.", {"code": UPSTREAM_UNAVAILABLE, **facts}
    if isinstance(cause, _CANNOT_READ):
        return _NOT_WRITTEN, {"code": LEDGER_UNAVAILABLE, "retryable": True}
    code = _fault_of_the_client(error, cause, before_execution=before_execution)
    if code is not None:
        return error.message, {"code": code, "retryable": False}
    return "Something unexpected went wrong.", {"code": INTERNAL, "retryable": False}


def _wait(failure: UpstreamError) -> dict[str, int]:
    """When to try again, where the upstream has said so, or we ourselves have stopped asking."""
    seconds = failure.retry_after_seconds
    if seconds is None:
        return {}
    return {"retryAfterMs": math.ceil(min(max(seconds, 0), _LONGEST_WAIT_SECONDS) * 1000)}


def _fault_of_the_client(
    error: GraphQLError, cause: BaseException, *, before_execution: bool
) -> str | None:
    """The code of a failure that graphql-core found in the request; None for one of ours."""
    if isinstance(cause, GraphQLSyntaxError):
        return PARSE_FAILED
    if not isinstance(cause, GraphQLError):
        return None
    if before_execution:
        return VALIDATION_FAILED
    # Variables are refused before any path; an argument's null is found at its field.
    if error.path is None or error.message.startswith("Argument '"):
        return BAD_USER_INPUT
    return None


def _cause(error: GraphQLError) -> BaseException:
    """The exception that began it; graphql-core wraps it once for each list that it crosses."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def log(errors: Iterable[GraphQLError], *, request_id: str) -> None:
    """One event for each kind of failure of a request: where it was first met, and how often.

    Never the text of an unexpected error. An upstream that is away fails every row of a list, in
    the same way; that is one event.
    """
    kinds: dict[tuple[object, ...], list[GraphQLError]] = defaultdict(list)
    for error in errors:
        kinds[_kind(_cause(error))].append(error)
    for alike in kinds.values():
        _log_kind(alike[0], len(alike), request_id)


def _kind(cause: BaseException) -> tuple[object, ...]:
    if isinstance(cause, UpstreamError):
        return (type(cause), cause.upstream, cause.operation)
    if isinstance(cause, GraphQLError):
        return (type(cause),)
    return (type(cause), _place(cause))


def _log_kind(error: GraphQLError, count: int, request_id: str) -> None:
    cause = _cause(error)
    facts: dict[str, Any] = {
        "error": type(cause).__qualname__,
        "path": ".".join(str(step) for step in error.path or ()),
        "count": count,
        "request": request_id,
    }
    if isinstance(cause, UpstreamError):
        where = {"upstream": cause.upstream, "operation": cause.operation}
        logger.warning("graphql.upstream_failed", extra={**facts, **where})
    elif isinstance(cause, GraphQLError):
        logger.info("graphql.refused", extra=facts)
    elif isinstance(cause, _CANNOT_READ):
        logger.error("graphql.ledger_failed", extra={**facts, "reason": str(cause)})
    else:
        logger.error("graphql.unexpected", extra={**facts, "place": _place(cause)})


def _place(cause: BaseException) -> str:
    frames = traceback.extract_tb(cause.__traceback__)
    if not frames:
        return "an unknown place"
    return f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}"
