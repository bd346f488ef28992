"""When a call is made once more. The only layer that repeats a call to an upstream."""

import random

from clients.errors import NotSent, OutcomeUnknown, UpstreamError

SERVER_ERROR = 500
# One repetition finds an upstream's other copy, or a new connection; more of them are more load
# on an upstream that has too much already.
MOST_ATTEMPTS = 2
# Full jitter over this: callers that failed together shall not come back together.
LONGEST_PAUSE_SECONDS = 0.25
# A caller waits this long at most because an upstream says so; the saga can wait for longer.
LONGEST_RETRY_AFTER_SECONDS = 1.0

# Of all calls so many may be repeated, however many fail: an upstream in trouble gets no more than
# 1.07 calls for one.
SHARE = 0.07
# What can be saved up: after a quiet hour a broken connection is still mended.
RESERVE = 3.0


class Budget:
    """A bucket of tokens, one upstream's: each call puts a bit in, each repetition takes one."""

    def __init__(self, *, share: float = SHARE, reserve: float = RESERVE) -> None:
        self._share = share
        self._reserve = reserve
        self.left = reserve

    def deposit(self) -> None:
        self.left = min(self._reserve, self.left + self._share)

    def withdraw(self) -> bool:
        # Sums of sevenths are not exact.
        if self.left < 1 - 1e-9:
            return False
        self.left -= 1
        return True


def pause_before_retry(failure: UpstreamError, *, is_kept: bool) -> float | None:
    """Seconds to wait before the call is made again; None where it must not be.

    Only for a call that may be made twice. A refusal will be the same. `is_kept`: so will a 5xx, as
    the upstream keeps it and only repeats it.
    """
    if not isinstance(failure, (NotSent, OutcomeUnknown)):
        return None
    if is_kept and failure.status is not None and failure.status >= SERVER_ERROR:
        return None
    asked = failure.retry_after_seconds or 0.0
    if asked > LONGEST_RETRY_AFTER_SECONDS:
        return None
    return asked + LONGEST_PAUSE_SECONDS * random.random()  # noqa: S311 - jitter, not a secret
