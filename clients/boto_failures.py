"""botocore's failures, sorted by what the caller must do.

None of their texts is passed on: botocore writes names, values and addresses into them.
"""

from collections.abc import Mapping
from typing import Any

from botocore import exceptions
from botocore.exceptions import ClientError

from clients.errors import NotSent, OutcomeUnknown, Refused, UpstreamError

# Source: the service models' lists of errors for the calls that we make, and AWS's common errors.
# DynamoDB sends its own as 400.
_THROTTLED = frozenset(
    (
        "TooManyRequestsException",
        "LimitExceededException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ProvisionedThroughputExceededException",
        "SlowDown",
    )
)
# Why a transaction was cancelled whose rows were throttled; DynamoDB's words for it differ here.
_ROWS_THROTTLED = frozenset(("ThrottlingError", "ProvisionedThroughputExceeded"))
# The call that had the same token before us is still being carried out.
_UNDER_WAY = "TransactionInProgressException"
# No byte of the request left this machine.
_NOT_SENT = (
    exceptions.EndpointConnectionError,
    exceptions.ConnectTimeoutError,
    exceptions.ProxyConnectionError,
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.NoRegionError,
)
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


def sorted_failure(upstream: str, operation: str, failure: Exception) -> UpstreamError:
    """The failure as `clients.errors` has it; unknown ones may have happened upstream."""
    if isinstance(failure, ClientError):
        return _answered(upstream, operation, failure)
    kind = type(failure).__name__
    if isinstance(failure, _NOT_SENT):
        return NotSent(upstream, operation, kind)
    if isinstance(failure, exceptions.ParamValidationError):
        return Refused(upstream, operation, kind, status=400, code=kind)
    return OutcomeUnknown(upstream, operation, kind)


def is_unmet_condition(failure: Exception) -> bool:
    """Whether a row of DynamoDB's was not as the write, or its transaction, expected it."""
    if not isinstance(failure, ClientError):
        return False
    unmet = "ConditionalCheckFailed"
    return _code(failure) == f"{unmet}Exception" or unmet in _reasons(failure)


def _answered(upstream: str, operation: str, failure: ClientError) -> UpstreamError:
    code, reasons = _code(failure), _reasons(failure)
    status = int(failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    only_throttled = bool(reasons) and reasons <= _ROWS_THROTTLED
    if code in _THROTTLED or status == _TOO_MANY_REQUESTS or only_throttled:
        return NotSent(upstream, operation, "throttled", status=status)
    if status >= _SERVER_ERROR or code in {"InternalErrorException", _UNDER_WAY}:
        return OutcomeUnknown(upstream, operation, str(status), status=status)
    return Refused(upstream, operation, "refused", status=status, code=code or None)


def _code(failure: ClientError) -> str:
    return str(failure.response.get("Error", {}).get("Code") or "")


def _reasons(failure: ClientError) -> set[str]:
    """Why a transaction was cancelled, of all its rows that had a reason."""
    response: Mapping[str, Any] = failure.response
    told = (reason.get("Code") for reason in response.get("CancellationReasons") or ())
    return {str(code) for code in told if code and code != "None"}
