"""Copies replaced one after another while members book, and what the members noticed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.availability.closing_books import audited, quiet
from tests.availability.deployed import Deployed, Left
from tests.availability.load_balancer import LoadBalancer, balancing
from tests.availability.steady_load import Outcome, SteadyLoad, open_phones, rates
from tests.chaos.copies import NO_RATES
from tests.chaos.guests import Told
from tests.sandbox_process import Sandbox

STOP_SECONDS = 30
# What upstreams usually take, so that a copy is always in the middle of something.
USUAL_MILLISECONDS = [5, 30]
SERVERS = ("one", "two")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`is_brutal`: copies are killed; else they are asked to go. Times in seconds.

    `works`: a worker of its own finishes bookings, and is replaced as well.
    """

    rate: float
    rounds: int
    is_brutal: bool
    works: bool = True
    pause: float = 1.0
    serve_on: float = 5.0
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    name: str
    began: float
    ended: float


@dataclass(kw_only=True)
class Report:
    """`failed` without those that `excused` were under way at a copy when it was killed."""

    outcomes: Sequence[Outcome]
    seconds: float
    replaced: int
    lefts: Sequence[Left]
    failed: Sequence[Outcome]
    excused: Sequence[Outcome]
    given_up: Sequence[str]
    bookings: int
    lost: Sequence[str]
    statuses: Counter[str]
    violations: Sequence[str]

    @property
    def problems(self) -> list[str]:
        unclean = [left for left in self.lefts if left.exit_code or left.seconds >= STOP_SECONDS]
        return [
            *(f"{one.kind} {one.id}: {one.failure}" for one in self.failed),
            *(f"{kind}: never answered" for kind in self.given_up),
            *(f"{booking}: lost" for booking in self.lost),
            *self.violations,
            *(f"a copy left with {left.exit_code} in {left.seconds:.1f} s" for left in unclean),
        ]

    @property
    def rates(self) -> tuple[float, float, float]:
        return rates(self.outcomes)


class Rollout:
    def __init__(
        self, plan: Plan, sandbox: Sandbox, load: SteadyLoad, balancer: LoadBalancer
    ) -> None:
        self._plan = plan
        self._sandbox = sandbox
        self._load = load
        self._balancer = balancer
        self._deaths: list[Death] = []
        self._lefts: list[Left] = []
        self._replaced = 0

    async def report(self, servers: Sequence[Deployed], worker: Deployed | None) -> Report:
        plan, load = self._plan, self._load
        began = time.monotonic()
        async with load.running():
            await asyncio.sleep(plan.pause)
            for _ in range(plan.rounds):
                for server in servers:
                    await self._replace(server)
                    # A copy that was killed counts as up until the balancer has noticed.
                    await server.until_ready()
                    await self._balancer.until_up(server.name)
                    await asyncio.sleep(plan.pause)
                if worker is not None:
                    await self._replace(worker)
        seconds = time.monotonic() - began
        told = await quiet(load, self._sandbox)
        return self._read(told, seconds)

    async def _replace(self, copy: Deployed) -> None:
        if self._plan.is_brutal:
            began, ended = await copy.kill()
            self._deaths.append(Death(name=copy.name, began=began, ended=ended))
        else:
            self._lefts.append(await copy.leave(within=STOP_SECONDS))
        copy.start()
        self._replaced += 1

    def _read(self, told: Mapping[str, list[Told]], seconds: float) -> Report:
        load = self._load
        audit, lost = audited(load, self._sandbox, told)
        failed = [one for one in load.outcomes if one.failure is not None]
        served_by = self._balancer.served_by()
        excused = [one for one in failed if _was_under_way(one, served_by, self._deaths)]
        return Report(
            outcomes=load.outcomes,
            seconds=seconds,
            replaced=self._replaced,
            lefts=self._lefts,
            failed=[one for one in failed if one not in excused],
            excused=excused,
            given_up=load.given_up,
            bookings=len(load.promised),
            lost=lost,
            statuses=audit.statuses,
            violations=audit.problems,
        )


def _was_under_way(one: Outcome, served_by: Mapping[str, str], deaths: Collection[Death]) -> bool:
    """Whether its copy was killed while it was asked.

    A request whose kept connection to a copy breaks is closed by HAProxy without a word, in the log
    as well.
    """
    return any(
        served_by.get(one.id, death.name) == death.name
        and one.began <= death.ended
        and one.ended >= death.began
        for death in deaths
    )


@asynccontextmanager
async def _deployed(
    plan: Plan, sandbox: Sandbox, folder: Path
) -> AsyncIterator[tuple[list[Deployed], Deployed | None]]:
    environment = {
        **sandbox.bff_environment(folder / "ledger.db"),
        **NO_RATES,
        "BFF_SERVE_ON_SECONDS": str(plan.serve_on),
        "BFF_STOP_SECONDS": str(STOP_SECONDS),
        **plan.settings,
    }
    command = "serve" if plan.works else "dev"
    servers = [Deployed(name, command, environment, folder) for name in SERVERS]
    worker = Deployed("worker", "work", environment, folder) if plan.works else None
    all_of_them = [*servers, *([worker] if worker else [])]
    try:
        for copy in all_of_them:
            copy.start()
        yield servers, worker
    finally:
        await asyncio.gather(*(copy.kill() for copy in all_of_them if not copy.has_ended))


async def rollout(sandbox: Sandbox, folder: Path, plan: Plan) -> Report:
    """Errors: `load_balancer.Missing`."""
    folder.mkdir()
    async with (
        _deployed(plan, sandbox, folder) as (servers, worker),
        httpx.AsyncClient(trust_env=False, timeout=40) as http,
        open_phones() as phones,
    ):
        ports = {server.name: server.port for server in servers}
        with balancing(folder, ports, is_lenient=plan.is_brutal) as balancer:
            await balancer.until_up(*ports)
            secret = sandbox.environment["STRIPE_WEBHOOK_SECRETS"]
            hook = {"url": f"{balancer.url}/webhooks/stripe", "secret": secret}
            await sandbox.post_aside("/stripe/webhook", hook)
            load = SteadyLoad(balancer.url, sandbox, http, phones, plan.rate)
            await load.settle_in(bookings=_bookings(plan))
            sandbox.fault("*", "latency", milliseconds=USUAL_MILLISECONDS)
            return await Rollout(plan, sandbox, load, balancer).report(servers, worker)


def _bookings(plan: Plan) -> int:
    """More than will be made, however slow the machine is."""
    longest = plan.rounds * len(SERVERS) * (plan.serve_on + plan.pause + 30)
    return int(plan.rate * longest * 2 / 50) + 40
