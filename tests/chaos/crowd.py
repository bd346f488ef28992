"""A steady crowd: guests who look, ask and book without a pause, at any copy, and count."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.chaos import words
from tests.chaos.guests import PARTY, Guest, Slot, new_key
from tests.sandbox_process import Sandbox

PROGRESS_SECONDS = 120
# Between two calls of one guest; the copies share two cores with the upstreams and the crowd.
_PAUSE_SECONDS = 0.05

_POINTS = "{ me { points { balance } } }"


@dataclass
class Crowd:
    """`did` counts answers by what was asked; `odd` holds what no guest should meet."""

    sandbox: Sandbox
    guests: Sequence[Guest]
    slots: Iterator[Slot]
    days: Iterator[str]
    did: Counter[str] = field(default_factory=Counter)
    odd: list[object] = field(default_factory=list)

    async def does(self, guest: Guest, what: str) -> None:
        again = guest.met["client retries"]
        await getattr(self, what)(guest)
        self.did[what] += 1
        if guest.met["client retries"] != again:
            self.odd.append(f"{what} had to be asked again")

    async def went_on(self, rounds: int) -> None:
        """Return when each thing has been done so many times more."""
        before = Counter(self.did)
        async with asyncio.timeout(PROGRESS_SECONDS):
            while any(self.did[what] - before[what] < rounds for what in _DOES):  # noqa: ASYNC110 - eight guests count
                await asyncio.sleep(0.02)

    async def looks(self, guest: Guest) -> None:
        data = await guest.data(words.SLOTS, day=next(self.days), party=PARTY)
        if any(edge["node"]["availability"] is None for edge in data["experiences"]["edges"]):
            self.odd.append(data)

    async def asks(self, guest: Guest) -> None:
        data = await guest.data(_POINTS)
        if data["me"]["points"] is None:
            self.odd.append(data)

    async def pays_by_points(self, guest: Guest) -> None:
        self._accepted(await guest.by_points(next(self.slots), new_key()))

    async def pays_by_card(self, guest: Guest) -> None:
        given = {"idempotencyKey": new_key(), "slotId": next(self.slots).id}
        answer = (await guest.data(words.CARD, input=given))["result"]
        if answer["__typename"] != "CardActionRequired":
            self.odd.append(answer)
            return
        secret = answer["paymentSheet"]["paymentIntentClientSecret"]
        await self.sandbox.post_aside("/stripe/pay", {"client_secret": secret, "card": "visa"})
        self._accepted(await guest.confirm(answer["booking"]["id"]))

    def _accepted(self, answer: dict[str, object]) -> None:
        if answer["__typename"] != "BookingAccepted":
            self.odd.append(answer)


_DOES = ("looks", "asks", "pays_by_points", "pays_by_card")


@asynccontextmanager
async def busy(crowd: Crowd) -> AsyncIterator[None]:
    """Keep the crowd busy in the block; then let everybody finish what they are at."""
    over = asyncio.Event()

    async def live(guest: Guest, what: str) -> None:
        while not over.is_set():
            await crowd.does(guest, what)
            await asyncio.sleep(_PAUSE_SECONDS)

    lives = zip(crowd.guests, itertools.cycle(_DOES), strict=False)
    tasks = [asyncio.create_task(live(guest, what)) for guest, what in lives]
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*tasks)
