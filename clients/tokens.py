"""Upstream tokens: fetched once for all callers, renewed ahead of their end and on refusal."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from clients.errors import NotSent, Unauthorised, UpstreamError
from clients.until import unhurried

T = TypeVar("T")

# Five minutes outlast a short outage of the upstream that issues the token.
RENEW_AHEAD_SECONDS = 300
# While the old token is still good, a failed early renewal is not tried again with each call.
EARLY_RETRY_SECONDS = 15


@dataclass(frozen=True, slots=True)
class FetchedToken:
    """`expires_at` is None where the upstream does not say: good until it is refused."""

    value: str = field(repr=False)
    expires_at: dt.datetime | None = None


class Tokens(Protocol):
    """One upstream's service token. Errors of both: `NotSent` only, since nothing was asked yet."""

    async def current(self) -> str: ...

    async def renew(self, refused: str) -> str:
        """A token other than `refused`, unless the upstream itself issues the same again."""
        ...


class TokenStore(Protocol):
    """Where running copies share one token. It deals with its own failures."""

    async def load(self) -> FetchedToken | None: ...

    async def save(self, token: FetchedToken) -> None: ...


async def with_token(tokens: Tokens, attempt: Callable[[str], Awaitable[T]]) -> T:
    """What `attempt` answers with the current token, or once more with a new one after a refusal.

    A refused token means that nothing was done, so that a write may be repeated too.
    """
    token = await tokens.current()
    try:
        return await attempt(token)
    except Unauthorised:
        renewed = await tokens.renew(token)
    return await attempt(renewed)


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
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._ahead = dt.timedelta(seconds=renew_ahead_seconds)
        self._store = store
        self._held: FetchedToken | None = None
        self._renew_at: dt.datetime | None = None
        self._refused: str | None = None
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
        if self._held is None:
            self._refused = refused
        return await self.current()

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
        token = await self._shared() or await self._fetched()
        self._held = token
        self._renew_at = self._when_to_renew(token)
        return token

    async def _shared(self) -> FetchedToken | None:
        """A token that another copy has put into the store since."""
        stored = await self._store.load() if self._store else None
        if stored is None or self._is_over(stored):
            return None
        held = self._held.value if self._held else None
        return None if stored.value in {held, self._refused} else stored

    async def _fetched(self) -> FetchedToken:
        token = await self._fetch()
        if self._store:
            await self._store.save(token)
        return token

    def _when_to_renew(self, token: FetchedToken) -> dt.datetime | None:
        if token.expires_at is None:
            return None
        # A token that lives shorter than the margin is renewed half-way, not with every call.
        left = token.expires_at - self._now()
        return token.expires_at - min(self._ahead, left / 2)


def _read(task: asyncio.Task[FetchedToken]) -> None:
    if not task.cancelled():
        task.exception()  # read, so that a failure nobody waits for causes no warning
