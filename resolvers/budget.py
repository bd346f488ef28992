"""What one request may cost beyond its document, which cannot know how long lists will be."""

from resolvers.errors import LIMIT_EXCEEDED, ApiError

# Twenty experiences with a day's slots are about 800 rows; a month of one experience about 1,300.
MAX_ROWS = 5000
# Distinct calls for free times; the app's screens make one.
MAX_LOOKUPS = 40


class Budget:
    """Spent by one request. Errors of both methods: `ApiError`, once it is spent."""

    def __init__(self) -> None:
        self._rows = MAX_ROWS
        self._lookups = MAX_LOOKUPS

    def spend_rows(self, count: int) -> None:
        self._rows -= count
        if self._rows < 0:
            raise ApiError(LIMIT_EXCEEDED, f"The answer would have more than {MAX_ROWS} rows.")

    def spend_lookup(self) -> None:
        self._lookups -= 1
        if self._lookups < 0:
            said = f"The request would look for free times more than {MAX_LOOKUPS} times."
            raise ApiError(LIMIT_EXCEEDED, said)
