"""The one clock of every stand-in: real time plus what a test has moved it by."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Tokens, holds and authorisations end by this clock, so a test need not wait for them."""

    def __init__(self) -> None:
        self._offset = timedelta()

    @property
    def offset_seconds(self) -> float:
        return self._offset.total_seconds()

    def now(self) -> datetime:
        """The sandbox's time, aware and in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock; a negative number moves it back."""
        self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Back to real time."""
        self._offset = timedelta()
