"""Which calls each stand-in was sent, so that a test can pin their number."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

# A load test sends millions; the last ones are enough to look at.
KEPT = 50_000


@dataclass(slots=True)
class LoggedCall:
    """One call, without body, query and headers.

    `status` is None until it is answered, for good when the connection was dropped.
    """

    upstream: str
    method: str
    path: str
    at: datetime
    status: int | None = None
    faults: list[str] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        return {
            "upstream": self.upstream,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "at": self.at.isoformat(),
            "faults": self.faults,
        }


class CallLog:
    def __init__(self) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=KEPT)

    def add(self, call: LoggedCall) -> None:
        self._calls.append(call)

    def chosen(self, upstream: str = "*", method: str = "*", path: str = "*") -> list[LoggedCall]:
        """The calls that fit all three patterns, oldest first."""
        return [
            call
            for call in self._calls
            if fnmatchcase(call.upstream, upstream)
            and fnmatchcase(call.method, method.upper())
            and fnmatchcase(call.path, path)
        ]

    def clear(self, upstream: str = "*") -> None:
        keep = [call for call in self._calls if not fnmatchcase(call.upstream, upstream)]
        self._calls = deque(keep, maxlen=KEPT)
