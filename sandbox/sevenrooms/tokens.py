"""API tokens: 128 hex characters that end by the sandbox's clock."""

import secrets
from datetime import datetime, timedelta

# Beyond this many, ended tokens are swept out when a new one is issued.
_SWEEP_ABOVE = 1000


class Tokens:
    def __init__(self) -> None:
        self._ends: dict[str, datetime] = {}

    def issue(self, now: datetime, lifetime_seconds: float) -> tuple[str, datetime]:
        """A new token and the instant it ends."""
        if len(self._ends) > _SWEEP_ABOVE:
            self._ends = {token: end for token, end in self._ends.items() if end > now}
        token = secrets.token_hex(64)
        ends = now + timedelta(seconds=lifetime_seconds)
        self._ends[token] = ends
        return token, ends

    def accepts(self, header: str | None, now: datetime) -> bool:
        """The header is the bare token; `Bearer` before it makes it another text."""
        ends = self._ends.get(header or "")
        return ends is not None and now < ends

    def revoke_all(self) -> int:
        """How many were alive or not yet swept."""
        count = len(self._ends)
        self._ends.clear()
        return count
