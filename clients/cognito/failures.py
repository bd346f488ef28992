"""botocore's failures, sorted by what the caller must do.

None of their texts is passed on: botocore writes user names and addresses into them.
"""

from botocore import exceptions
from botocore.exceptions import ClientError

from clients.errors import NotSent, OutcomeUnknown, Refused, UpstreamError

UPSTREAM = "cognito"

# Source: the service model's list of errors for these calls, and AWS's common errors.
_THROTTLED = frozenset(
    (
        "TooManyRequestsException",
        "LimitExceededException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "SlowDown",
    )
)
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


def sorted_failure(operation: str, failure: Exception) -> UpstreamError:
    """The failure as `clients.errors` has it; unknown ones may have happened upstream."""
    if isinstance(failure, ClientError):
        return _answered(operation, failure)
    kind = type(failure).__name__
    if isinstance(failure, _NOT_SENT):
        return NotSent(UPSTREAM, operation, kind)
    if isinstance(failure, exceptions.ParamValidationError):
        return Refused(UPSTREAM, operation, kind, status=400, code=kind)
    return OutcomeUnknown(UPSTREAM, operation, kind)


def _answered(operation: str, failure: ClientError) -> UpstreamError:
    code = str(failure.response.get("Error", {}).get("Code") or "")
    status = int(failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    if code in _THROTTLED or status == _TOO_MANY_REQUESTS:
        return NotSent(UPSTREAM, operation, "throttled", status=status)
    if status >= _SERVER_ERROR or code == "InternalErrorException":
        return OutcomeUnknown(UPSTREAM, operation, str(status), status=status)
    return Refused(UPSTREAM, operation, "refused", status=status, code=code or None)
