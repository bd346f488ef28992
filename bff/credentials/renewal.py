"""Renewing a shared token ahead of time, for all running copies."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bff.clock import Clock
from clients.token_turns import FetchedToken, Patience, TokenStore, in_turn

# A token younger than this has been renewed just now, be it by somebody who runs the same.
RECENT_SECONDS = 60.0
# Nobody waits for this but a schedule: rather than a second fetch, we wait for another's.
PATIENCE_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Renewed:
    """`is_ours`: we fetched it; else it was renewed just before."""

    is_ours: bool
    expires_at: dt.datetime | None


async def renew_for_all(
    store: TokenStore,
    fetch: Callable[[], Awaitable[FetchedToken]],
    clock: Clock,
    recent_seconds: float = RECENT_SECONDS,
) -> Renewed:
    """Several at once fetch one token. Errors: those of `fetch` and of the store.

    `recent_seconds`: how old a token may be to count as renewed already. Where that fails, the
    token in the store stays as it is, and copies go on with it.
    """
    recent = clock.now() - dt.timedelta(seconds=recent_seconds)
    fetched = False

    async def dated() -> FetchedToken:
        nonlocal fetched
        token = replace(await fetch(), fetched_at=clock.now())
        fetched = True
        return token

    patience = Patience(clock.now, PATIENCE_SECONDS, clock.sleep)
    token = await in_turn(store, dated, lambda kept: _is_since(kept, recent), patience)
    return Renewed(fetched, token.expires_at)


def _is_since(token: FetchedToken, since: dt.datetime) -> bool:
    return token.fetched_at is not None and token.fetched_at > since
