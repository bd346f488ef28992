"""What can go wrong upstream, sorted by what the caller must do.

UpstreamError
├── NotSent            nothing reached the upstream: safe to try again
├── OutcomeUnknown     it may have happened: ask before trying again
├── Refused            the upstream answered no: trying again changes nothing
│   └── Unauthorised   it no longer takes our credentials: renew them once and repeat
└── Malformed          it answered a read, but not in a shape we can use
"""


class UpstreamError(Exception):
    """An upstream call did not give us what we asked for.

    `status` is the HTTP status of the answer, None where there was none. `retry_after_seconds` is
    when the upstream, or our own breaker, wants to be asked again.
    """

    def __init__(
        self,
        upstream: str,
        operation: str,
        detail: str = "",
        *,
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{upstream} {operation}: {detail or type(self).__doc__}")
        self.upstream = upstream
        self.operation = operation
        self.detail = detail
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class NotSent(UpstreamError):
    """Nothing reached the upstream."""


class OutcomeUnknown(UpstreamError):
    """The upstream may or may not have done it."""

    # True for an answer that the upstream gave to an earlier call and now repeats.
    is_replay = False


class Refused(UpstreamError):
    """The upstream answered no.

    `status` is the HTTP status; `code` the upstream's own error code as text, or None.
    """

    status: int

    def __init__(
        self,
        upstream: str,
        operation: str,
        detail: str = "",
        *,
        status: int,
        code: str | None = None,
    ) -> None:
        super().__init__(upstream, operation, detail, status=status)
        self.code = code


class Unauthorised(Refused):
    """The upstream does not take our token (any more)."""


class Malformed(UpstreamError):
    """The answer is not in a shape we can use."""
