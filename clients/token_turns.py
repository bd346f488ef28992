"""One token for all running copies: they take turns to fetch it, and share what was fetched."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

# A copy whose turn it is has fetched by then, or will not. Whoever has no token then helps itself:
# a token too many is better than a guest who waits.
PATIENCE_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class FetchedToken:
    """`expires_at` is None where the upstream does not say: good until it is refused.

    `version` names the version of our secret that it was fetched with.
    """

    value: str = field(repr=False)
    expires_at: dt.datetime | None = None
    version: str | None = None
    fetched_at: dt.datetime | None = field(default=None, compare=False)


class TokenStore(Protocol):
    """Where running copies share one token, and take turns to fetch it."""

    async def load(self) -> FetchedToken | None: ...

    async def take_turn(self) -> bool:
        """Whether this copy is to fetch now. A turn that nobody ends lapses."""
        ...

    async def save(self, token: FetchedToken) -> None:
        """Keep it for all, unless somebody has fetched another since."""
        ...

    async def end_turn(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for the copy whose turn it is."""

    now: Callable[[], dt.datetime]
    seconds: float = PATIENCE_SECONDS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def in_turn(
    store: TokenStore,
    fetch: Callable[[], Awaitable[FetchedToken]],
    suits: Callable[[FetchedToken], bool],
    patience: Patience,
    *,
    otherwise: Callable[[], FetchedToken | None] = lambda: None,
) -> FetchedToken:
    """A token that suits: the stored one, or one fetched in our turn.

    While it is another copy's turn, `otherwise` says what will do without waiting. Errors: those
    of `fetch` and of the store.
    """
    ends = patience.now() + dt.timedelta(seconds=patience.seconds)
    while True:
        stored = await store.load()
        if stored is not None and suits(stored):
            return stored
        if await store.take_turn():
            return await _our_turn(store, fetch, suits)
        kept = otherwise()
        if kept is not None:
            return kept
        if patience.now() >= ends:
            return await _fetched(store, fetch)
        await patience.sleep(LOOK_AGAIN_SECONDS)


async def _our_turn(
    store: TokenStore,
    fetch: Callable[[], Awaitable[FetchedToken]],
    suits: Callable[[FetchedToken], bool],
) -> FetchedToken:
    try:
        # Whoever had the turn before us may have fetched since we looked.
        stored = await store.load()
        if stored is not None and suits(stored):
            return stored
        return await _fetched(store, fetch)
    finally:
        await store.end_turn()


async def _fetched(store: TokenStore, fetch: Callable[[], Awaitable[FetchedToken]]) -> FetchedToken:
    token = await fetch()
    await store.save(token)
    return token
