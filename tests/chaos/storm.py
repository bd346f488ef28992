"""Many bookings of all kinds over copies that die, upstreams that fail and webhooks gone astray.

Then quiet, and the upstreams' books are read. One seed draws all plans and all mishaps; what the
machine's own timing adds cannot be drawn.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from tests.chaos import bare
from tests.chaos.audit import GIVEN_UP, KEPT, Audit, read_books
from tests.chaos.clerk import Clerk
from tests.chaos.copies import Copy, Forked, Started, running
from tests.chaos.doomed import Doom
from tests.chaos.guests import (
    Guest,
    Slot,
    Told,
    make_merciless,
    make_room,
    seed_guests,
    sign_all_in,
    slots_over_days,
)
from tests.chaos.monkeys import Weather
from tests.chaos.plans import Carried, Plan, draw
from tests.lossy_proxy import Proxy
from tests.sandbox_process import Sandbox

T = TypeVar("T")
R = TypeVar("R")

FINAL = KEPT | GIVEN_UP
# Longer than any hold that nobody knows of: it must have ended when the books are read.
PAST_EVERY_HOLD_SECONDS = 120
# What an operator ends may come to a doubt anew: a request that was found may be declined by its
# venue, and then its points have to be given back by hand.
MOST_SETTLINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """`places`: parties that fit into one slot. The rest are seconds, or counts at once.

    `bare`: the upstreams lack every PROPOSED call, so that some doubts are for a person to end.
    Arrivals are slow enough for `least_kills` to fall among them. `table`: what stands before the
    copies' table, where that may go away too.
    """

    seed: int
    bookings: int
    members: int
    slots: int
    places: int
    at_once: int
    arrivals_per_second: float
    kill_every: float
    least_kills: int = 0
    fault_every: float = 0.5
    outage_every: float = 6.0
    longest_outage: float = 2.0
    quiet: float = 150.0
    patience: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    launch: type[Forked] | type[Started] = Forked
    bare: bool = False
    table: Proxy | None = None


@dataclass(kw_only=True)
class Report:
    """`in_doubt`: when nothing moved any more; `commands` of an operator's have ended that.

    `stories`: what the operator's view tells of each booking that something is wrong with.
    """

    did: Counter[str]
    answers: Counter[str]
    statuses: Counter[str]
    restart_seconds: list[float]
    kills: int
    storm_seconds: float
    quiet_seconds: float
    violations: list[str]
    stuck: list[str]
    in_doubt: list[str]
    commands: Counter[str]
    stories: list[str]
    bare: bool

    @property
    def problems(self) -> list[str]:
        """Where nobody can be asked, a doubt is as it should be; a second charge never is."""
        doubts = [] if self.bare else [f"{one} in doubt" for one in self.in_doubt]
        return [*self.violations, *self.stuck, *doubts]


class Storm:
    def __init__(
        self, sandbox: Sandbox, folder: Path, scale: Scale, http: httpx.AsyncClient
    ) -> None:
        self.scale = scale
        self.sandbox = sandbox
        self.dice = random.Random(scale.seed)  # noqa: S311 - to be drawn again
        self.weather = Weather(sandbox, random.Random(scale.seed + 1))  # noqa: S311
        doom = Doom(patience=scale.patience)
        settings = {"HOLD_SECONDS": "30", **(bare.SETTINGS if scale.bare else {}), **scale.settings}

        def copy(command: str) -> Copy:
            return Copy(command, sandbox, folder, doom=doom, launch=scale.launch, settings=settings)

        self.servers = [copy("serve"), copy("serve")]
        self.copies = [*self.servers, copy("work")]
        urls = [server.url for server in self.servers]
        self.guests = seed_guests(sandbox, urls, http, scale.members)
        self.carried = Carried(self.weather, self.dice)
        self._started = 0.0

    async def rage(self) -> Report:
        for server in self.servers:
            await self._listen(server)
        await sign_all_in(self.guests)
        plans = draw(
            self.dice,
            self.scale.bookings,
            self.guests,
            await self._few_places(),
            await slots_over_days(self.guests[0], on_request=True, count=self.scale.slots),
        )
        self._started = started = time.monotonic()
        async with self._mishaps():
            await at_once(self._in_turn, list(enumerate(plans)), self.scale.at_once)
            await self._enough_kills()
        calm = time.monotonic()
        before = self._audit(await self._quiet(), Audit())
        quiet = time.monotonic() - calm
        clerk = Clerk(self.sandbox, self.servers[0])
        after = before
        for _ in range(MOST_SETTLINGS):
            await clerk.settle()
            after = self._audit(await self._quiet(), Audit())
            if not after.in_doubt:
                break
        return await self._report(before, after, clerk, calm - started, quiet)

    async def _enough_kills(self) -> None:
        for _ in range(self.scale.least_kills * 10):
            if self.weather.kills_done >= self.scale.least_kills:
                return
            await asyncio.sleep(self.scale.kill_every)

    async def _in_turn(self, numbered: tuple[int, Plan]) -> None:
        """Guests come one after another, whether or not those before them are done."""
        number, plan = numbered
        comes = self._started + number / self.scale.arrivals_per_second
        await asyncio.sleep(max(0.0, comes - time.monotonic()))
        await self.carried.carry_out(plan)

    async def _listen(self, server: Copy) -> None:
        """Both servers get every event: each comes twice."""
        secret = self.sandbox.environment["STRIPE_WEBHOOK_SECRETS"]
        given = {"url": f"{server.url}/webhooks/stripe", "secret": secret}
        await self.sandbox.post_aside("/stripe/webhook", given)

    async def _few_places(self) -> list[Slot]:
        slots = await slots_over_days(self.guests[0], on_request=False, count=self.scale.slots)
        for slot in slots:
            await asyncio.to_thread(make_room, self.sandbox, slot, parties=self.scale.places)
        return slots

    @asynccontextmanager
    async def _mishaps(self) -> AsyncIterator[None]:
        scale, weather = self.scale, self.weather
        make_merciless(self.sandbox)
        if scale.bare:
            bare.offer_nothing_proposed(self.sandbox)
        # Calls take a while, so that a death falls into the middle of some.
        self.sandbox.fault("*", "latency", milliseconds=[5, 120])
        monkeys = [
            weather.kills(self.copies, scale.kill_every),
            weather.fails(scale.fault_every),
            weather.goes_away(scale.outage_every, scale.longest_outage),
            weather.revokes(scale.outage_every),
            weather.muddles_webhooks(1.0),
            weather.venue_decides(1.0),
        ]
        if scale.table is not None:
            monkeys.append(weather.loses_the_table(scale.table, 2 * scale.outage_every))
        tasks = [asyncio.create_task(monkey) for monkey in monkeys]
        try:
            yield
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _quiet(self) -> dict[str, list[Told]]:
        """All copies and upstreams up, every event delivered; until nothing moves any more."""
        self.sandbox.clear_faults()
        with contextlib.suppress(httpx.HTTPStatusError):
            await self.sandbox.post_aside("/stripe/webhook/release", {"order": "sent"})
        await asyncio.gather(*(copy.start() for copy in self.copies if not copy.is_up))
        ends = time.monotonic() + self.scale.quiet
        told: dict[str, list[Told]] = {}
        left = list(self.guests)
        while left and time.monotonic() < ends:
            listed = await at_once(Guest.bookings, left, 8)
            told |= {guest.email: found for guest, found in zip(left, listed, strict=True)}
            waiting = {owner for owner, rows in read_books(self.sandbox).requests.items() if rows}
            left = [
                guest for guest in left if any(_moves(one, waiting) for one in told[guest.email])
            ]
            await asyncio.sleep(0.5)
        self.sandbox.advance(PAST_EVERY_HOLD_SECONDS)
        return told

    def _audit(self, told: Mapping[str, Sequence[Told]], audit: Audit) -> Audit:
        books = read_books(self.sandbox)
        for guest in self.guests:
            kept = 0
            for one in told[guest.email]:
                audit.booking(one, books)
                kept += (one.points or 0) if one.status in KEPT else 0
            if not any(one.in_doubt for one in told[guest.email]):
                audit.balance(guest.customer_number, kept, books)
        known = {one.id for found in told.values() for one in found if not one.is_foreign}
        audit.whole(known, books)
        for booking in set(self.carried.promised.values()) - known:
            audit.broken(6, booking, "told to its guest, and not there")
        return audit

    async def _report(
        self, before: Audit, after: Audit, clerk: Clerk, storm: float, quiet: float
    ) -> Report:
        audits = (before, after)
        suspects = sorted(before.suspects | after.suspects)
        return Report(
            did=self.weather.did + sum((guest.met for guest in self.guests), Counter()),
            answers=self.carried.answers,
            statuses=after.statuses,
            restart_seconds=self.weather.restart_seconds,
            kills=self.weather.kills_done,
            storm_seconds=storm,
            quiet_seconds=quiet,
            violations=[*self.carried.violations, *(one for a in audits for one in a.violations)],
            stuck=[*before.stuck, *after.stuck, *clerk.problems, *after.in_doubt],
            in_doubt=before.in_doubt,
            commands=clerk.commands,
            stories=[(await self.servers[0].bookings("show", one))[0] for one in suspects],
            bare=self.scale.bare,
        )


def _moves(told: Told, waiting: Collection[str]) -> bool:
    """Whether it goes on by itself: also a request that its venue has answered already."""
    if told.status == "REQUESTED":
        return told.id not in waiting
    return told.status not in FINAL and not told.in_doubt


async def at_once(do: Callable[[T], Awaitable[R]], items: Sequence[T], count: int) -> list[R]:
    """`do` for all of them, so many at once; the first failure ends it."""
    room = asyncio.Semaphore(count)

    async def one(item: T) -> R:
        async with room:
            return await do(item)

    return list(await asyncio.gather(*(one(item) for item in items)))


async def storm(sandbox: Sandbox, folder: Path, scale: Scale) -> Report:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        raging = Storm(sandbox, folder, scale, http)
        async with running(*raging.copies):
            return await raging.rage()
