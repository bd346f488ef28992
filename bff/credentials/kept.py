"""A secret as a running copy keeps it: read at the start, looked at again, remembered if away."""

import asyncio
import datetime as dt
import logging
import random
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from bff.clock import Clock
from bff.credentials.ports import SecretsAway, SecretSource, SecretVersion
from clients.secret_versions import Version
from clients.until import unhurried

S = TypeVar("S")

# A storm of refusals asks no oftener than this.
LEAST_SECONDS = 1.0
# Longer nobody waits for whoever keeps the secrets; the look itself goes on.
PATIENCE_SECONDS = 3.0
# While there is no secret at all.
TRY_AGAIN_SECONDS = 2.0
# How long a version that was refused while another was taken is tried last. Then it has its turn
# again: it may be the one to come.
BEHIND_SECONDS = 60.0

log = logging.getLogger(__name__)


class KeptSecret(Generic[S]):
    """Implements `clients.secret_versions.Versions`."""

    def __init__(
        self,
        name: str,
        source: SecretSource,
        parse: Callable[[Mapping[str, str]], S],
        clock: Clock,
    ) -> None:
        self.name = name
        self._source = source
        self._parse = parse
        self._clock = clock
        self._known: tuple[Version[S], ...] = ()
        self._behind: dict[str, dt.datetime] = {}
        self._asked_at: dt.datetime | None = None
        self._look: asyncio.Task[None] | None = None

    @property
    def is_known(self) -> bool:
        return bool(self._known)

    def known(self) -> Sequence[Version[S]]:
        since = self._clock.now() - dt.timedelta(seconds=BEHIND_SECONDS)
        return sorted(
            self._known,
            key=lambda each: each.id in self._behind and self._behind[each.id] > since,
        )

    def put_behind(self, refused: Collection[str]) -> None:
        log.warning(
            "secret_refused", extra={"kept": self.name, "versions": ", ".join(sorted(refused))}
        )
        self._behind |= dict.fromkeys(refused, self._clock.now())

    async def look_again(self) -> None:
        asked = self._asked_at
        running = self._look is not None and not self._look.done()
        least = dt.timedelta(seconds=LEAST_SECONDS)
        if not running and asked is not None and self._clock.now() - asked < least:
            return
        await self.look()

    async def look(self) -> None:
        """Look at the source, once for all who ask meanwhile. What cannot be read is logged."""
        if self._look is None or self._look.done():
            self._asked_at = self._clock.now()
            self._look = asyncio.create_task(
                self._looked(), name=f"secret {self.name}", context=unhurried()
            )
        await asyncio.wait([self._look], timeout=PATIENCE_SECONDS)

    async def drain(self) -> None:
        if self._look is not None:
            await asyncio.wait([self._look])

    async def _looked(self) -> None:
        try:
            told = await self._source.versions(self.name)
        except SecretsAway as away:
            log.warning("secret_away", extra={"kept": self.name, "reason": away.reason})
            return
        except Exception as failure:  # noqa: BLE001 - whatever it is, what we have serves on
            reason = type(failure).__name__
            log.warning("secret_away", extra={"kept": self.name, "reason": reason})
            return
        versions = tuple(made for each in told if (made := self._made(each)) is not None)
        if not versions:
            return
        if [each.id for each in versions] != [each.id for each in self._known]:
            log.info("secret_read", extra={"kept": self.name, "versions": len(versions)})
        self._known = versions

    def _made(self, told: SecretVersion) -> Version[S] | None:
        try:
            return Version(told.id, self._parse(told.fields))
        except (KeyError, ValueError):  # their texts may quote it
            log.warning("secret_unusable", extra={"kept": self.name, "version": told.id})
            return None


@asynccontextmanager
async def kept_fresh(
    secrets: Sequence[KeptSecret[Any]], clock: Clock, every_seconds: float
) -> AsyncIterator[None]:
    """Read them all, then look again and again until the block is left.

    One that cannot be read at the start does not keep us from starting: it is tried on.
    """

    async def look_on(secret: KeptSecret[Any]) -> None:
        while True:
            pause = every_seconds if secret.is_known else TRY_AGAIN_SECONDS
            # Copies that started together shall not ask together.
            await clock.sleep(pause * (0.8 + 0.2 * random.random()))  # noqa: S311
            await secret.look()

    await asyncio.gather(*(secret.look() for secret in secrets))
    tasks = [asyncio.create_task(look_on(each), name=f"look at {each.name}") for each in secrets]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(secret.drain() for secret in secrets))
