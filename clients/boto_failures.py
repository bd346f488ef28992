"""botocore's failures, sorted by what the caller must do.

None of their texts is passed on: botocore writes names, values and addresses into them.
"""

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


def _answered(upstream: str, operation: str, failure: ClientError) -> UpstreamError:
    code = str(failure.response.get("Error", {}).get("Code") or "")
    status = int(failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    if code in _THROTTLED or status == _TOO_MANY_REQUESTS:
        return NotSent(upstream, operation, "throttled", status=status)
    if status >= _SERVER_ERROR or code == "InternalErrorException":
        return OutcomeUnknown(upstream, operation, str(status), status=status)
    return Refused(upstream, operation, "refused", status=status, code=code or None)
