"""What can go wrong upstream, sorted by what the caller must do.

UpstreamError
├── NotSent            nothing reached the upstream: safe to try again
├── OutcomeUnknown     it may have happened: ask before trying again
├── Refused            the upstream answered no: trying again changes nothing
│   └── Unauthorised   it no longer takes our credentials: renew them once and repeat
└── Malformed          it answered a read, but not in a shape we can use
"""


class UpstreamError(Exception):
    """An upstream call did not give us what we asked for."""

    def __init__(self, upstream: str, operation: str, detail: str = "") -> None:
        super().__init__(f"{upstream} {operation}: {detail or type(self).__doc__}")
        self.upstream = upstream
        self.operation = operation
        self.detail = detail


class NotSent(UpstreamError):
    """Nothing reached the upstream."""

    def __init__(
        self,
        upstream: str,
        operation: str,
        detail: str = "",
        *,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(upstream, operation, detail)
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(UpstreamError):
    """The upstream may or may not have done it."""


class Refused(UpstreamError):
    """The upstream answered no.

    `status` is the HTTP status; `code` the upstream's own error code as text, or None.
    """

    def __init__(
        self,
        upstream: str,
        operation: str,
        detail: str = "",
        *,
        status: int,
        code: str | None = None,
    ) -> None:
        super().__init__(upstream, operation, detail)
        self.status = status
        self.code = code


class Unauthorised(Refused):
    """The upstream does not take our token (any more)."""


class Malformed(UpstreamError):
    """The answer is not in a shape we can use."""
