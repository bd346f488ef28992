"""Take upstreams away in every way there is, under steady load, and print what guests got.

Each row is one drill: the share of good answers of the catalogue (what was shown before) and of all
questions, how long answers took, calls made upstream, and how long after its end all was well.
It fails when a catalogue answer is bad, an HTTP answer breaks, or recovery takes five seconds.
"gone" refuses connections, "cut" breaks each as soon as it is made.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import httpx

from scripts.drill_rig import Guests, Rig, Tally, now, open_rig

RATE = 30  # questions a second
USUAL_MILLISECONDS = 15.0
SLOWNESS = 20
HUNG_MILLISECONDS = 60_000
RECOVERY_SECONDS = 5.0
MOST_SECONDS = 900
CALLERS = 300
# As long as our HTTP client remembers where a name was found, and a bit.
REMEMBERED_SECONDS = 11.0
AMPLIFICATION = 1.1

# Of ten questions; the first two are shown from what is kept.
MIX = ("catalogue", "times", "balance", "catalogue", "times") * 2 + ("points", "card", "refresh")
SHOWN_BEFORE = ("catalogue", "times")
UPSTREAMS = ("sevenrooms", "memberson", "stripe", "cognito")

# What is wrong with the answer; None for nothing.
Ask = Callable[[], Awaitable[str | None]]


@dataclass(slots=True)
class Row:
    name: str
    tally: Tally = field(default_factory=Tally)
    calls: int = 0
    recovery: float | None = None
    note: str = ""
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class Drill:
    """`faults` as the sandbox's control port takes them; `away`: whose recovery is looked at.

    `is_nameless`: kept connections break, and no name is found for new ones.
    """

    name: str
    away: tuple[str, ...]
    faults: tuple[dict[str, object], ...]
    is_nameless: bool = False


def drills() -> Iterator[Drill]:
    kinds: dict[str, dict[str, object]] = {
        f"slow x{SLOWNESS}": {"kind": "latency", "milliseconds": USUAL_MILLISECONDS * SLOWNESS},
        "errors 50 %": {"kind": "error", "status": 503, "probability": 0.5},
        "hung": {"kind": "latency", "milliseconds": HUNG_MILLISECONDS},
        "gone": {"kind": "down"},
        "garbage": {"kind": "garbage"},
    }
    for upstream in UPSTREAMS:
        for kind, fault in kinds.items():
            yield Drill(f"{upstream} {kind}", (upstream,), ({"upstream": upstream, **fault},))
    yield Drill("all gone", UPSTREAMS, ({"upstream": "*", "kind": "down"},))
    yield Drill("all cut", UPSTREAMS, ({"upstream": "*", "kind": "down", "how": "abort"},))
    yield Drill("all without a name (DNS)", UPSTREAMS, (), is_nameless=True)
    revoked = tuple({"upstream": name, "kind": "revoke"} for name in ("sevenrooms", "memberson"))
    yield Drill("tokens revoked", ("sevenrooms", "memberson"), revoked)


def questions(guests: Guests) -> dict[str, Ask]:
    return {
        "catalogue": guests.catalogue,
        "times": guests.times,
        "balance": guests.balance,
        "points": guests.book_with_points,
        "card": guests.book_with_card,
        "refresh": guests.refresh,
    }


async def put(name: str, ask: Ask, tally: Tally) -> None:
    began = now()
    tally.asked[name] += 1
    try:
        wrong = await ask()  # beforehand: others count while we wait
    except (httpx.HTTPError, KeyError, TypeError) as failure:
        tally.broken += 1
        wrong = type(failure).__name__
    if wrong is None:
        tally.good[name] += 1
    else:
        tally.wrong[name, wrong] += 1
    tally.seconds.append(now() - began)


async def load(guests: Guests, tally: Tally, seconds: float) -> None:
    """Questions at a steady rate, however long answers take."""
    asks, ends = questions(guests), now() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(int(RATE * seconds)):
            name = MIX[number % len(MIX)]
            group.create_task(put(name, asks[name], tally))
            await asyncio.sleep(max(0.0, ends - seconds + (number + 1) / RATE - now()))


async def recovery(guests: Guests, away: tuple[str, ...]) -> float:
    """Seconds until everything that needs these upstreams is answered well again."""
    needs: dict[str, Ask] = {
        "sevenrooms": guests.new_times,
        "memberson": guests.balance,
        "stripe": guests.book_with_card,
        "cognito": guests.refresh,
    }
    began = now()

    async def until_good(ask: Ask) -> None:
        while True:
            tally = Tally()
            await put("", ask, tally)
            if tally.good[""]:
                return
            await asyncio.sleep(0.1)

    async with asyncio.timeout(60):
        await asyncio.gather(*(until_good(needs[name]) for name in away))
    return now() - began


async def lose_names(rig: Rig) -> None:
    """No name is found any more, those that were found before are forgotten, connections break."""
    rig.names.go()
    await asyncio.sleep(REMEMBERED_SECONDS)
    await rig.control.fault("*", "down")
    await rig.control.clear(pace_milliseconds=USUAL_MILLISECONDS)


async def under_load(rig: Rig, drill: Drill, seconds: float) -> Row:
    row = Row(drill.name)
    if drill.is_nameless:
        await lose_names(rig)
    await rig.control.forget_calls()
    for fault in drill.faults:
        await rig.control.fault(**fault)  # type: ignore[arg-type]
    await load(rig.guests, row.tally, seconds)
    row.calls = await rig.control.calls()
    rig.names.return_()
    await rig.control.clear(pace_milliseconds=USUAL_MILLISECONDS)
    row.recovery = await recovery(rig.guests, drill.away)
    row.is_good = (
        row.tally.share(*SHOWN_BEFORE) == 1
        and not row.tally.broken
        and row.recovery < RECOVERY_SECONDS
    )
    if not row.is_good:
        row.note = ", ".join(f"{n} {what}: {code}" for (what, code), n in row.tally.wrong.items())
    return row


async def crowd(rig: Rig, row: Row, ask: Ask, callers: int = CALLERS) -> None:
    await rig.control.forget_calls()
    await asyncio.gather(*(put(row.name, ask, row.tally) for _ in range(callers)))
    row.calls = await rig.control.calls(upstream="sevenrooms", path="*/availability/*")


async def herd(rig: Rig) -> Row:
    row = Row(f"herd: {CALLERS} callers, one cold answer")

    async def one_cold_answer() -> str | None:
        return await rig.guests.times(rig.guests.day, 8)

    await crowd(rig, row, one_cold_answer)
    row.is_good = row.calls == 1 and row.tally.share() == 1
    row.note = "1 upstream call wanted"
    return row


async def storm(rig: Rig) -> Row:
    """Callers who leave before their answer comes, more of them than there are slots."""
    row = Row("pool storm: callers who leave")
    await rig.control.fault("sevenrooms", "latency", milliseconds=[100, 600])

    async def leaves() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await rig.guests.new_times()

    for _ in range(3):
        await asyncio.gather(*(leaves() for _ in range(150)))
    await rig.control.clear(pace_milliseconds=USUAL_MILLISECONDS)
    row.recovery = await recovery(rig.guests, ("sevenrooms",))
    await crowd(rig, row, rig.guests.new_times, 64)
    row.is_good = row.tally.share() == 1 and row.recovery < RECOVERY_SECONDS
    row.note = "64 of 64 slots afterwards"
    return row


async def amplification(rig: Rig) -> Row:
    row = Row(f"amplification: {CALLERS} calls, all fail")
    await rig.control.fault("sevenrooms", "error", status=503)
    before = await rig.guests.repetitions()
    await crowd(rig, row, rig.guests.new_times)
    repeated = await rig.guests.repetitions() - before
    await rig.control.clear(pace_milliseconds=USUAL_MILLISECONDS)
    row.recovery = await recovery(rig.guests, ("sevenrooms",))
    row.is_good = row.calls <= AMPLIFICATION * CALLERS and row.recovery < RECOVERY_SECONDS
    row.note = (
        f"{row.calls / CALLERS:.2f} upstream calls a call;"
        f" {repeated} of them repetitions, the breaker kept the rest back"
    )
    return row


HEAD = (
    f"{'drill':40} {'asked':>5} {'shown before':>12} {'all':>6} {'p50 ms':>7} {'p99 ms':>7}"
    f" {'upstream':>8} {'recovered':>9}"
)


def shown(row: Row) -> str:
    tally = row.tally
    kept = f"{tally.share(*SHOWN_BEFORE):.1%}" if tally.asked["catalogue"] else "-"
    again = "-" if row.recovery is None else f"{row.recovery:.1f} s"
    return (
        f"{row.name:40} {sum(tally.asked.values()):5} {kept:>12} {tally.share():>6.0%}"
        f" {tally.percentile(0.5) * 1000:7.0f} {tally.percentile(0.99) * 1000:7.0f}"
        f" {row.calls:8} {again:>9}  {'' if row.is_good else 'FAILED '}{row.note}"
    )


async def run(seconds: float, only: str) -> bool:
    is_good = True
    async with open_rig() as rig:
        await rig.control.clear(pace_milliseconds=USUAL_MILLISECONDS)
        await rig.guests.settle_in()
        print(HEAD, flush=True)
        loaded = [
            lambda drill=drill: under_load(rig, drill, seconds)
            for drill in [Drill("all well", (), ()), *drills()]
            if only in drill.name
        ]
        crowds = [lambda each=each: each(rig) for each in (herd, storm, amplification)]
        for begin in [*loaded, *(crowds if not only else ())]:
            row = await begin()
            is_good &= row.is_good
            print(shown(row), flush=True)
    return is_good


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0, help="how long each drill lasts")
    options.add_argument("--only", default="", help="drills with this in their name")
    chosen = options.parse_args()

    async def bounded() -> bool:
        async with asyncio.timeout(MOST_SECONDS):
            return await run(chosen.seconds, chosen.only)

    return 0 if asyncio.run(bounded()) else 1


if __name__ == "__main__":
    sys.exit(main())
