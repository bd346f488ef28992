"""Upstream tokens: fetched once for all callers, renewed ahead of their end and on refusal.

With a store, once for all running copies too: they take turns, and share what was fetched.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from clients.errors import NotSent, Unauthorised, UpstreamError
from clients.token_turns import FetchedToken, Patience, TokenStore, in_turn
from clients.until import unhurried

__all__ = ["FetchedToken", "TokenKeeper", "TokenStats", "TokenStore", "Tokens", "with_token"]

T = TypeVar("T")

# Five minutes outlast a short outage of the upstream that issues the token.
RENEW_AHEAD_SECONDS = 300
# While the old token is still good, a failed early renewal is not tried again with each call.
EARLY_RETRY_SECONDS = 15


class Tokens(Protocol):
    """One upstream's service token. Errors of both: `NotSent` only, since nothing was asked yet."""

    async def current(self) -> str: ...

    async def renew(self, refused: str) -> str:
        """A token other than `refused`, unless the upstream itself issues the same again."""
        ...

    def version_of(self, token: str) -> str | None:
        """The version of our secret that it was fetched with; None where that is not known."""
        ...

    def is_taken_over(self, token: str) -> bool:
        """Whether another copy has fetched it, we do not know when."""
        ...


@dataclass(slots=True)
class TokenStats:
    """Counted since the start: tokens fetched, those of other copies taken over, failed fetches.

    `refused` are tokens that the upstream did not take till their end. `fetched_at` is when the one
    in use was fetched, by whichever copy.
    """

    fetched: int = 0
    taken_over: int = 0
    failed: int = 0
    refused: int = 0
    fetched_at: dt.datetime | None = None


async def with_token(tokens: Tokens, attempt: Callable[[str], Awaitable[T]]) -> T:
    """What `attempt` answers with the current token, or once more with a new one after a refusal.

    A refused token means that nothing was done, so that a write may be repeated too. One that was
    taken over from another copy may have ended with the first: then it is renewed as well.
    """
    token = await tokens.current()
    try:
        return await attempt(token)
    except Unauthorised:
        token = await tokens.renew(token)
    try:
        return await attempt(token)
    except Unauthorised:
        if not tokens.is_taken_over(token):
            raise
        token = await tokens.renew(token)
    return await attempt(token)


class TokenKeeper:
    """Keeps one token for all callers: one fetch at a time, whoever waits for it.

    A caller who leaves does not stop the fetch. A failure answers those who wait for it and is then
    forgotten. Ahead of its end the old token serves on while a new one is being fetched.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[FetchedToken]],
        now: Callable[[], dt.datetime],
        *,
        renew_ahead_seconds: float = RENEW_AHEAD_SECONDS,
        store: TokenStore | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.stats = TokenStats()
        self._fetch = fetch
        self._now = now
        self._ahead = dt.timedelta(seconds=renew_ahead_seconds)
        self._store = store
        self._patience = Patience(now, sleep=sleep)
        self._held: FetchedToken | None = None
        self._renew_at: dt.datetime | None = None
        self._refused: str | None = None
        self._taken_over: str | None = None
        self._renewal: asyncio.Task[FetchedToken] | None = None

    async def current(self) -> str:
        """Errors: NotSent."""
        held = self._held
        if held is None or self._is_over(held):
            return await self._renewed()
        now = self._now()
        if self._renew_at is not None and now >= self._renew_at:
            self._renew_at = now + dt.timedelta(seconds=EARLY_RETRY_SECONDS)
            self._renewing()
        return held.value

    async def renew(self, refused: str) -> str:
        """Errors: NotSent."""
        if self._held is not None and self._held.value == refused:
            self._held = None
            self.stats.refused += 1
        if self._held is None:
            self._refused = refused
        return await self.current()

    def version_of(self, token: str) -> str | None:
        held = self._held
        return held.version if held is not None and held.value == token else None

    def is_taken_over(self, token: str) -> bool:
        return self._taken_over == token

    def _is_over(self, token: FetchedToken) -> bool:
        return token.expires_at is not None and token.expires_at <= self._now()

    async def _renewed(self) -> str:
        try:
            return (await asyncio.shield(self._renewing())).value
        except UpstreamError as failure:
            # However the fetch of the token ended, the call that needs it was not made.
            raise NotSent(failure.upstream, failure.operation, "no token") from failure

    def _renewing(self) -> asyncio.Task[FetchedToken]:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(
                self._renewal_once(), name="token renewal", context=unhurried()
            )
            self._renewal.add_done_callback(_read)
        return self._renewal

    async def _renewal_once(self) -> FetchedToken:
        before = self._held
        token = await self._new_one()
        if token is before:  # another copy is at it
            return token
        self._held = token
        self._renew_at = self._when_to_renew(token)
        self.stats.fetched_at = token.fetched_at
        return token

    async def _new_one(self) -> FetchedToken:
        if self._store is None:
            return await self._fetched()
        fetched: list[FetchedToken] = []

        async def fetch() -> FetchedToken:
            fetched.append(await self._fetched())
            return fetched[0]

        token = await in_turn(
            self._store, fetch, self._suits, self._patience, otherwise=self._still_good
        )
        if not fetched and token is not self._held:
            self.stats.taken_over += 1
            self._taken_over = token.value
        return token

    def _suits(self, stored: FetchedToken) -> bool:
        """Whether another copy has put it into the store since we took ours."""
        held = self._held.value if self._held else None
        return not self._is_over(stored) and stored.value not in {held, self._refused}

    def _still_good(self) -> FetchedToken | None:
        held = self._held
        return None if held is None or self._is_over(held) else held

    async def _fetched(self) -> FetchedToken:
        try:
            token = await self._fetch()
        except UpstreamError:
            self.stats.failed += 1
            raise
        self.stats.fetched += 1
        return replace(token, fetched_at=self._now())

    def _when_to_renew(self, token: FetchedToken) -> dt.datetime | None:
        if token.expires_at is None:
            return None
        # A token that lives shorter than the margin is renewed half-way, not with every call.
        left = token.expires_at - self._now()
        return token.expires_at - min(self._ahead, left / 2)


def _read(task: asyncio.Task[FetchedToken]) -> None:
    if not task.cancelled():
        task.exception()  # read, so that a failure nobody waits for causes no warning
