"""The shared token as a running copy sees it: a help, and nothing that anybody has to wait for."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from bff.credentials.vault import CannotOpen
from clients.tokens import FetchedToken, TokenStore

T = TypeVar("T")

# A request waits for this, at worst several times. The ledger answers within milliseconds.
LONGEST_SECONDS = 0.5

log = logging.getLogger(__name__)


class Readable:
    """A TokenStore in which a token sealed under a key that we do not have counts as none."""

    def __init__(self, upstream: str, store: TokenStore) -> None:
        self._upstream = upstream
        self._store = store
        self.take_turn = store.take_turn
        self.save = store.save
        self.end_turn = store.end_turn

    async def load(self) -> FetchedToken | None:
        try:
            return await self._store.load()
        except CannotOpen:
            log.warning("shared_token_not_readable", extra={"upstream": self._upstream})
            return None


class Forgiving:
    """A TokenStore that never fails: out of reach it holds nothing, and it is our turn.

    So a copy without its ledger fetches a token of its own.
    """

    def __init__(self, upstream: str, store: TokenStore) -> None:
        self._upstream = upstream
        self._store = store

    async def load(self) -> FetchedToken | None:
        return await self._or(None, self._store.load())

    async def take_turn(self) -> bool:
        return await self._or(True, self._store.take_turn())  # noqa: FBT003 - what it answers then

    async def save(self, token: FetchedToken) -> None:
        await self._or(None, self._store.save(token))

    async def end_turn(self) -> None:
        await self._or(None, self._store.end_turn())

    async def _or(self, otherwise: T, asked: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await asked
        except Exception as failure:  # noqa: BLE001 - whatever it is, the token is fetched instead
            reason = type(failure).__name__
            log.warning("token_not_shared", extra={"upstream": self._upstream, "reason": reason})
            return otherwise
