"""One copy under load for long, while upstreams fail in turn: what it holds must not grow."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.availability.closing_books import audited, quiet
from tests.availability.deployed import Deployed
from tests.availability.steady_load import (
    BOOKS_AT,
    TURNS,
    Outcome,
    SteadyLoad,
    open_phones,
)
from tests.sandbox_process import Sandbox

LOOK_SECONDS = 2.0
USUAL_MILLISECONDS = [5, 30]
# Of a figure's median; and what a small number may change by, whatever its share is.
FLAT_SHARE = 0.05
FLAT_COUNT = 5.0
# The first of four is for filling caches and pools; the second is what the last is held against.
QUARTERS = 4

# One after another, each for half of its turn; a quarter of the time sees all of them once.
FAULTS: Sequence[dict[str, Any]] = (
    {"upstream": "sevenrooms", "kind": "latency", "milliseconds": 400},
    {"upstream": "memberson", "kind": "error", "status": 503, "probability": 0.5},
    {"upstream": "stripe", "kind": "down"},
    {"upstream": "sevenrooms", "kind": "latency", "milliseconds": 60_000},
    {"upstream": "memberson", "kind": "revoke"},
    {"upstream": "cognito", "kind": "down"},
    {"upstream": "sevenrooms", "kind": "down"},
    {"upstream": "memberson", "kind": "garbage"},
    {"upstream": "sevenrooms", "kind": "error", "status": 500},
    {"upstream": "*", "kind": "down"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the process holds at one moment; memory in MiB."""

    at: float
    memory: float
    files: int
    sockets: int
    threads: int
    tasks: int


FIGURES = ("memory", "files", "sockets", "threads", "tasks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A figure's medians in the second quarter of the time and in the last."""

    name: str
    before: float
    after: float

    @property
    def is_flat(self) -> bool:
        room = FLAT_SHARE * self.before
        return self.after - self.before <= (room if self.name == "memory" else room + FLAT_COUNT)


@dataclass(kw_only=True)
class Report:
    began: float
    seconds: float
    looks: Sequence[Look]
    outcomes: Sequence[Outcome]
    bookings: int
    lost: Sequence[str]
    violations: Sequence[str]
    rate: float

    @property
    def held(self) -> list[Held]:
        quarter = self.seconds / QUARTERS

        def median(name: str, number: int) -> float:
            begins = self.began + number * quarter
            within = [look for look in self.looks if begins <= look.at < begins + quarter]
            return statistics.median(float(getattr(look, name)) for look in within)

        return [Held(name=it, before=median(it, 1), after=median(it, 3)) for it in FIGURES]

    @property
    def broken(self) -> list[Outcome]:
        """Requests that got no answer of ours at all: an upstream's fault is no excuse."""
        codes = {"UPSTREAM_UNAVAILABLE", "UpstreamUnavailable"}
        return [one for one in self.outcomes if one.failure and one.failure not in codes]

    @property
    def problems(self) -> list[str]:
        return [
            *(
                f"{it.name} grew from {it.before:.1f} to {it.after:.1f}"
                for it in self.held
                if not it.is_flat
            ),
            *(f"{one.kind} {one.id}: {one.failure}" for one in self.broken),
            *(f"{booking}: lost" for booking in self.lost),
            *self.violations,
        ]


async def look(pid: int, url: str, http: httpx.AsyncClient) -> Look:
    """Of the process, from outside. Errors: OSError where it has ended, httpx.TransportError."""
    tasks = await _tasks(url, http)
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    opened = [_target(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return Look(
        at=time.monotonic(),
        memory=int(status["VmRSS"].split()[0]) / 1024,
        files=len(opened),
        sockets=sum(target.startswith("socket:") for target in opened),
        threads=int(status["Threads"]),
        tasks=tasks,
    )


async def _tasks(url: str, http: httpx.AsyncClient) -> int:
    page = (await http.get(f"{url}/metrics")).text
    (line,) = (it for it in page.splitlines() if it.startswith("bff_tasks "))
    return int(float(line.split()[1]))


def _target(link: Path) -> str:
    with suppress(OSError):  # closed meanwhile
        return str(link.readlink())
    return ""


@asynccontextmanager
async def _beside(*works: Any) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _faults(sandbox: Sandbox, turn_seconds: float) -> None:
    while True:
        for fault in FAULTS:
            await sandbox.post_aside("/faults", fault)
            await asyncio.sleep(turn_seconds / 2)
            await asyncio.to_thread(sandbox.clear_faults)
            await _usual_pace(sandbox)
            await asyncio.sleep(turn_seconds / 2)


async def _usual_pace(sandbox: Sandbox) -> None:
    pace = {"upstream": "*", "kind": "latency", "milliseconds": USUAL_MILLISECONDS}
    await sandbox.post_aside("/faults", pace)


async def soak(sandbox: Sandbox, folder: Path, *, rate: float, seconds: float) -> Report:
    environment = {
        **sandbox.bff_environment(folder / "ledger.db"),
        # Longer than the run: its guests chose their places at the start.
        "SLOT_TTL_SECONDS": "7200",
        # Guests whom an outage keeps from paying give up; their places must be free by the end.
        "HOLD_SECONDS": "60",
    }
    copy = Deployed("soak", "dev", environment, folder)
    url = f"http://127.0.0.1:{copy.port}"
    copy.start()
    try:
        await copy.until_ready()
        async with (
            httpx.AsyncClient(trust_env=False, timeout=40) as http,
            open_phones() as phones,
            httpx.AsyncClient(trust_env=False, timeout=10) as apart,
        ):
            secret = sandbox.environment["STRIPE_WEBHOOK_SECRETS"]
            hook = {"url": f"{url}/webhooks/stripe", "secret": secret}
            await sandbox.post_aside("/stripe/webhook", hook)
            load = SteadyLoad(url, sandbox, http, phones, rate, tries=1)
            await load.settle_in(bookings=int(rate * seconds * len(BOOKS_AT) / len(TURNS)) + 80)
            return await _soaked(sandbox, load, copy, apart, seconds)
    finally:
        await copy.kill()


async def _soaked(
    sandbox: Sandbox, load: SteadyLoad, copy: Deployed, apart: httpx.AsyncClient, seconds: float
) -> Report:
    looks: list[Look] = []
    url = f"http://127.0.0.1:{copy.port}"
    began = time.monotonic()

    async def keep_looking() -> None:
        while True:
            looks.append(await look(copy.pid, url, apart))
            await asyncio.sleep(LOOK_SECONDS)

    turn = seconds / QUARTERS / len(FAULTS)
    await _usual_pace(sandbox)
    async with load.running(), _beside(keep_looking(), _faults(sandbox, turn)):
        await asyncio.sleep(seconds)
    await asyncio.to_thread(sandbox.clear_faults)
    told = await quiet(load, sandbox)
    audit, lost = audited(load, sandbox, told)
    return Report(
        began=began,
        seconds=seconds,
        looks=looks,
        outcomes=load.outcomes,
        bookings=len(load.promised),
        lost=lost,
        violations=audit.problems,
        rate=len(load.outcomes) / seconds,
    )
