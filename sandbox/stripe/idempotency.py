"""Idempotency keys (docs.stripe.com/api/idempotent_requests).

The first answer of a request whose execution began is kept for 24 hours, errors included, and is
given again to the same request. Other parameters or another path under the key are an error; so is
the same request while the first still runs.
"""

from dataclasses import dataclass

from sandbox.stripe.errors import invalid_parameter, key_in_use, key_reused

LIFETIME_SECONDS = 24 * 60 * 60
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """`request_id` is that of the request which ran."""

    status: int
    body: bytes
    request_id: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What makes two requests the same; `params` are sorted."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Entry:
    asked: Asked
    since: int
    answer: Answer | None = None

    def is_over(self, now: int) -> bool:
        """A request that still runs keeps its key."""
        return self.answer is not None and now - self.since >= LIFETIME_SECONDS


class Keys:
    """All keys of all accounts, oldest first."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], _Entry] = {}

    def begin(self, account: str, key: str, asked: Asked, now: int) -> Answer | None:
        """The kept answer, or None: then the key is taken until `keep` or `drop`."""
        if len(key) > LONGEST_KEY:
            message = f"Idempotency keys can be up to {LONGEST_KEY} characters long."
            raise invalid_parameter(message, None)
        self._forget_old(now)
        entry = self._entries.get((account, key))
        if entry is None or entry.is_over(now):
            self._entries.pop((account, key), None)
            self._entries[account, key] = _Entry(asked, now)
            return None
        _check_same(entry.asked, asked, key)
        if entry.answer is None:
            raise key_in_use(key)
        return entry.answer

    def keep(self, account: str, key: str, answer: Answer) -> None:
        entry = self._entries.get((account, key))
        if entry is not None:
            entry.answer = answer

    def drop(self, account: str, key: str) -> None:
        """Forget a request that did not come to run."""
        self._entries.pop((account, key), None)

    def _forget_old(self, now: int) -> None:
        while self._entries:
            oldest = next(iter(self._entries))
            if not self._entries[oldest].is_over(now):
                return
            del self._entries[oldest]


def _check_same(first: Asked, second: Asked, key: str) -> None:
    advice = f"Try using a key other than '{key}' if you meant to execute a different request."
    if (first.method, first.path) != (second.method, second.path):
        raise key_reused(
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{first.path}' vs '{second.path}'). {advice}"
        )
    if first.params != second.params:
        raise key_reused(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. {advice}"
        )
