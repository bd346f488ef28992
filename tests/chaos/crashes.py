"""Kills a copy at every instant of every story, starts it again, and reads the books."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from tests.chaos import bare
from tests.chaos.audit import Audit, read_books
from tests.chaos.copies import Copy, running
from tests.chaos.doomed import WRITE, Doom
from tests.chaos.guests import (
    Guest,
    Slot,
    make_merciless,
    make_room,
    new_key,
    seed_guests,
    slots_over_days,
)
from tests.chaos.stories import STORIES, Scene, Story
from tests.sandbox_process import Sandbox

# Longer than any hold of these stories: a hold whose answer died with its process ends by itself.
PAST_EVERY_HOLD_SECONDS = 120
SLOTS = 100
# Slot ids live a quarter of an hour.
SLOTS_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`instant` None: nobody dies, and `instants` tells where one could have."""

    story: str
    instant: str | None = None
    instants: tuple[str, ...] = ()
    died: bool = False
    recovery_seconds: float | None = None
    bookings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass
class Theatre:
    """Where the runs take place: a sandbox for all, a guest and a ledger for each."""

    sandbox: Sandbox
    folder: Path
    http: httpx.AsyncClient
    guests: list[Guest]
    patience: Mapping[str, float]
    settings: Callable[[], Mapping[str, str]]
    is_bare: bool = False
    used: int = 0
    _shown: dict[bool, tuple[float, list[Slot]]] = field(default_factory=dict)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def next_guest(self) -> Guest:
        self.used += 1
        return self.guests[self.used - 1]

    async def play(self, name: str, instant: str | None = None) -> Run:
        """One story, with a death at `instant`, from an empty ledger to the books."""
        story, guest = STORIES[name], self.next_guest()
        folder = self.folder / f"run-{self.used}"
        folder.mkdir()
        doom = Doom(
            journal=folder / "journal",
            armed=folder / "armed",
            dies_at=instant,
            patience={**self.patience, **story.patience},
        )
        settings = {**self.settings(), **(bare.SETTINGS if self.is_bare else {})}
        copy = Copy("dev", self.sandbox, folder, doom=doom, settings=settings)
        guest.urls = [copy.url]
        async with running(copy), self._operator(copy):
            await guest.sign_in()
            scene = Scene(self.sandbox, guest, await self._slot(guest, story), new_key())
            await self._listen(story, copy)
            (folder / "armed").touch()
            again = asyncio.create_task(_started_again(copy))
            try:
                return await self._told(scene, copy, doom, Run(story=name, instant=instant))
            finally:
                again.cancel()

    def _operator(self, copy: Copy) -> AbstractAsyncContextManager[None]:
        return bare.operator_at_work(self.sandbox, copy) if self.is_bare else nullcontext()

    async def _slot(self, guest: Guest, story: Story) -> Slot:
        """One that has room, seen by whoever came first: copies share their signing keys."""
        async with self._asking:
            seen = self._shown.get(story.on_request)
            if seen is None or time.monotonic() > seen[0] + SLOTS_SECONDS:
                found = await slots_over_days(guest, on_request=story.on_request, count=SLOTS)
                if not story.on_request:
                    await asyncio.to_thread(self._make_room, found)
                seen = self._shown[story.on_request] = time.monotonic(), found
        return seen[1][int(guest.customer_number) % len(seen[1])]

    def _make_room(self, slots: Sequence[Slot]) -> None:
        """What a dead copy held stays held for a while; nobody after it shall miss the place."""
        for slot in slots:
            make_room(self.sandbox, slot, parties=2 * len(self.guests) // len(slots) + 2)

    async def _listen(self, story: Story, copy: Copy) -> None:
        if story.webhook:
            given = {
                "url": f"{copy.url}/webhooks/stripe",
                "secret": self.sandbox.environment["STRIPE_WEBHOOK_SECRETS"],
            }
            await self.sandbox.post_aside("/stripe/webhook", given)

    async def _told(self, scene: Scene, copy: Copy, doom: Doom, run: Run) -> Run:
        story = STORIES[run.story]
        try:
            booking_id = await story.tell(scene)
            told = await scene.until(booking_id, story.ends)
        except (AssertionError, TimeoutError) as problem:
            return replace(run, problems=(f"{run.story} at {run.instant}: {problem}",))
        assert doom.armed is not None
        doom.armed.unlink()
        assert doom.journal is not None
        instants = tuple(doom.journal.read_text().splitlines())
        recovery = None if copy.died_at is None else time.monotonic() - copy.died_at
        listed = await scene.guest.bookings()
        problems = [] if len(listed) == 1 else [f"{len(listed)} bookings of one key"]
        audit = Audit()
        books = await asyncio.to_thread(read_books, self.sandbox)
        for one in listed:
            audit.booking(one, books)
        problems += audit.problems
        return replace(
            run,
            instants=instants,
            died=copy.died_at is not None,
            recovery_seconds=recovery,
            bookings=(told.id,),
            problems=tuple(f"{run.story} at {run.instant}: {what}" for what in problems),
        )


async def _started_again(copy: Copy) -> None:
    await copy.died()
    await copy.start()


@asynccontextmanager
async def open_theatre(
    sandbox: Sandbox,
    folder: Path,
    *,
    seats: int,
    patience: Mapping[str, float] | None = None,
    settings: Callable[[], Mapping[str, str]] = dict,
    is_bare: bool = False,
) -> AsyncIterator[Theatre]:
    """`seats` runs can be played. `settings` are asked for by each: a ledger of its own.

    `is_bare`: no PROPOSED call is offered, and an operator ends the doubts.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        make_merciless(sandbox)
        if is_bare:
            bare.offer_nothing_proposed(sandbox)
        guests = seed_guests(sandbox, [], http, seats)
        yield Theatre(sandbox, folder, http, guests, patience or {}, settings, is_bare)


async def play_all(
    theatre: Theatre, parts: Sequence[tuple[str, str | None]], *, at_once: int
) -> list[Run]:
    room = asyncio.Semaphore(at_once)

    async def one(story: str, instant: str | None) -> Run:
        async with room:
            return await theatre.play(story, instant)

    return await asyncio.gather(*(one(*part) for part in parts))


def both_sides_of_every_write(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Each kind of upstream write once, in the first story that makes it."""
    found: dict[str, tuple[str, str]] = {}
    for run in runs:
        for instant in run.instants:
            if f" {WRITE} " in instant:
                found.setdefault(instant.partition("#")[0], (run.story, instant))
    return list(found.values())


def writes_of(runs: Sequence[Run]) -> set[str]:
    """Method and path of every upstream write that anybody made."""
    instants = {instant.partition("#")[0] for run in runs for instant in run.instants}
    return {name.partition(f" {WRITE} ")[2] for name in instants if f" {WRITE} " in name}


def every_instant(runs: Sequence[Run]) -> list[tuple[str, str]]:
    return [(run.story, instant) for run in runs for instant in run.instants]


def sure_instants(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Those that every run of their story comes by: webhooks arrive in no fixed order."""
    return every_instant([run for run in runs if not STORIES[run.story].webhook])


def spread(parts: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """So many of them, evenly over the whole."""
    return [parts[index * len(parts) // count] for index in range(min(count, len(parts)))]


def books_at_the_end(theatre: Theatre, runs: Sequence[Run]) -> list[str]:
    """What no single run shows: anything on the books that is nobody's, any place still held."""
    theatre.sandbox.advance(PAST_EVERY_HOLD_SECONDS)
    audit = Audit()
    audit.whole([booking for run in runs for booking in run.bookings], read_books(theatre.sandbox))
    return audit.violations
