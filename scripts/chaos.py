"""The proofs in full, over both ledgers: `python -m scripts.chaos --seed 1`.

`make test` has the short ones.

Everything runs on 127.0.0.1, bounded in number and time, and ends by itself. Exit code 1 when any
invariant was found broken, or anything left half-done.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests import aws_stand_ins
from tests.chaos import crashes
from tests.chaos.figures import ledger_writes, speed
from tests.chaos.lost import LOSSES, ONLY_PROPOSED, WRITES, lose_answers, without_a_lost_answer
from tests.chaos.stories import STORIES
from tests.chaos.storm import Report, Scale, storm
from tests.lossy_proxy import Proxy, lossy_proxy
from tests.sandbox_process import Sandbox, running_sandbox

Settings = Callable[[], Mapping[str, str]]
Row = tuple[str, object]
# Stories in which nothing is waited for but us.
PROMPT = ("points", "card", "card, by webhook alone", "second card")
PARTS = ("figures", "lost", "lost-bare", "storm", "bare", "crashes", "crashes-bare")
LEDGERS = ("sqlite", "dynamodb")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ledger", choices=LEDGERS, action="append", help="may be given again")
    parser.add_argument("--only", choices=PARTS, action="append", help="may be given again")
    parser.add_argument("--bookings", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50, help="at least so many in the storm")
    parser.add_argument("--at-once", type=int, default=8, help="crash runs at once")
    parser.add_argument("--path", choices=STORIES, action="append", help="may be given again")
    parser.add_argument(
        "--share", type=int, default=1, help="of the instants and lost answers, every so many-th"
    )
    return parser.parse_args()


@contextlib.contextmanager
def ledger(kind: str, folder: Path) -> Iterator[Settings]:
    """Settings of a ledger that is empty each time they are asked for."""
    if kind == "sqlite":
        yield dict
        return
    with (
        aws_stand_ins.running_dynoxide(folder) as dynamodb,
        aws_stand_ins.running_ministack(folder) as aws,
    ):
        yield lambda: aws_stand_ins.distributed(dynamodb, aws)


@contextlib.asynccontextmanager
async def _before_the_table(
    settings: Mapping[str, str],
) -> AsyncIterator[tuple[Mapping[str, str], Proxy | None]]:
    """The same by way of a proxy that can take the table away; None where there is no table."""
    url = settings.get("AWS_ENDPOINT_URL_DYNAMODB")
    if url is None:
        yield settings, None
        return
    async with lossy_proxy(url) as table:
        yield {**settings, "AWS_ENDPOINT_URL_DYNAMODB": table.url}, table


class Chaos:
    """Runs the parts over one ledger and keeps what they found."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, settings: Settings) -> None:
        self.arguments = arguments
        self.settings = settings
        self._folder = folder
        self.rows: list[Row] = []
        self.found: dict[str, list[Row]] = {}
        self.problems: list[str] = []

    async def run(self, part: str, sandbox: Sandbox) -> None:
        started, self.rows = time.monotonic(), []
        sandbox.reset()
        await getattr(self, part.replace("-", "_"))(sandbox)
        self.rows.append(("all of this took", f"{time.monotonic() - started:.0f} s"))
        self.found[part] = self.rows

    def folder(self, name: str) -> Path:
        made = self._folder / name
        made.mkdir()
        return made

    async def figures(self, sandbox: Sandbox) -> None:
        writes = await ledger_writes(sandbox, self.folder("writes"), self.settings())
        sandbox.reset()
        found = await speed(sandbox, self.folder("speed"), self.settings(), bookings=600)
        self.rows += [
            ("ledger writes of a booking by points, its news among them", writes["points"]),
            ("ledger writes of a booking by card, likewise", writes["card"]),
            ("bookings by points per second, one copy", f"{found.bookings_per_second:.0f}"),
            ("backlog drained per second after an outage", f"{found.drained_per_second:.1f}"),
            ("... until the last of it was confirmed", f"{found.drained_seconds:.1f} s"),
            ("... calls to SevenRooms in the busiest second", found.busiest_second),
        ]

    async def lost(self, sandbox: Sandbox) -> None:
        await self._lost(sandbox, is_bare=False)

    async def lost_bare(self, sandbox: Sandbox) -> None:
        await self._lost(sandbox, is_bare=True)

    async def _lost(self, sandbox: Sandbox, *, is_bare: bool) -> None:
        writes = set(WRITES) - (ONLY_PROPOSED if is_bare else set())
        for number, loss in enumerate(LOSSES[:: self.arguments.share]):
            sandbox.reset()
            folder = self.folder(f"lost-{'bare-' if is_bare else ''}{number}")
            self.problems += await lose_answers(
                sandbox, folder, loss, self.settings(), is_bare=is_bare
            )
            self.rows.append((f"writes whose answer was lost ({loss})", len(writes)))

    async def storm(self, sandbox: Sandbox) -> None:
        await self._storm(sandbox, "storm", bare=False)

    async def bare(self, sandbox: Sandbox) -> None:
        """A storm where no PROPOSED call is offered: nobody can be asked, nothing given back."""
        await self._storm(sandbox, "bare", bare=True)

    async def _storm(self, sandbox: Sandbox, name: str, *, bare: bool) -> None:
        async with _before_the_table(self.settings()) as (settings, table):
            report = await storm(
                sandbox, self.folder(name), self._scale(settings, table, bare=bare)
            )
        self.rows += rows_of(report)
        self.problems += report.problems
        for story in report.stories:
            print(story, file=sys.stderr)

    def _scale(self, settings: Mapping[str, str], table: Proxy | None, *, bare: bool) -> Scale:
        asked = self.arguments
        return Scale(
            seed=asked.seed,
            bookings=asked.bookings,
            members=100,
            slots=60,
            places=8,
            at_once=60,
            arrivals_per_second=6,
            kill_every=1.5,
            least_kills=asked.kills,
            bare=bare,
            settings=settings,
            table=table,
        )

    async def crashes(self, sandbox: Sandbox) -> None:
        await self._crashes(sandbox, is_bare=False)

    async def crashes_bare(self, sandbox: Sandbox) -> None:
        await self._crashes(sandbox, is_bare=True)

    async def _crashes(self, sandbox: Sandbox, *, is_bare: bool) -> None:
        asked = self.arguments
        folder = self.folder("crashes-bare" if is_bare else "crashes")
        settings = {"HOLD_SECONDS": "30"}
        async with crashes.open_theatre(
            sandbox,
            folder,
            seats=2000 // asked.share,
            settings=lambda: {**settings, **self.settings()},
            is_bare=is_bare,
        ) as theatre:
            whole = [(name, None) for name in asked.path or STORIES]
            first = await crashes.play_all(theatre, whole, at_once=asked.at_once)
            forgotten = without_a_lost_answer(crashes.writes_of(first))
            self.problems += [f"no answer of {write} is ever lost" for write in forgotten]
            instants = crashes.every_instant(first)[:: asked.share]
            runs = await crashes.play_all(theatre, instants, at_once=asked.at_once)
            for run in (*first, *runs):
                self.problems += run.problems
            unmet = [f"{run.story}: {run.instant} not met" for run in runs if not run.died]
            self.problems += crashes.books_at_the_end(theatre, [*first, *runs])
        prompt = [run for run in runs if run.story in PROMPT and run.recovery_seconds]
        times = sorted((run.recovery_seconds or 0, f"{run.story}, {run.instant}") for run in prompt)
        self.rows += [
            ("paths", len(whole)),
            ("instants at which a process was killed", len(runs) - len(unmet)),
            ("instants that a run did not come by", len(unmet)),
        ]
        if times:
            worst, where = times[-1]
            median = statistics.median(seconds for seconds, _ in times)
            self.rows += [
                ("recovery after kill -9, median", f"{median:.1f} s"),
                ("recovery after kill -9, worst", f"{worst:.1f} s ({where})"),
            ]
        for line in unmet:
            print(line, file=sys.stderr)


def rows_of(report: Report) -> list[Row]:
    return [
        ("bookings in the ledger", sum(report.statuses.values())),
        *((f"... {status}", count) for status, count in sorted(report.statuses.items())),
        ("kill -9", report.kills),
        *((f"injected: {what}", count) for what, count in sorted(report.did.items())),
        *((f"told: {what}", count) for what, count in sorted(report.answers.items())),
        ("the storm took", f"{report.storm_seconds:.0f} s"),
        ("from the last mishap until nothing moved", f"{report.quiet_seconds:.1f} s"),
        ("dead and back again, median", f"{statistics.median(report.restart_seconds):.1f} s"),
        ("violations", len(report.violations)),
        ("stuck", len(report.stuck)),
        ("in doubt", len(report.in_doubt)),
        *((f"said by the operator: {what}", n) for what, n in sorted(report.commands.items())),
    ]


def show(part: str, found: Mapping[str, Sequence[Row]]) -> None:
    """A column for each ledger; what one of them did not meet is blank there."""
    columns = {kind: dict(rows) for kind, rows in found.items()}
    names = dict.fromkeys(what for rows in columns.values() for what in rows)
    print(f"\n| {part} | {' | '.join(columns)} |\n|---{'|---' * len(columns)}|")
    for what in names:
        cells = (str(column.get(what, "")) for column in columns.values())
        print(f"| {what} | {' | '.join(cells)} |")


async def over(kind: str, arguments: argparse.Namespace, folder: Path) -> Chaos:
    await asyncio.to_thread(folder.mkdir)
    with (
        (folder / "sandbox.log").open("w") as log,
        running_sandbox(folder / "sandbox", stderr=log) as sandbox,
        ledger(kind, folder) as settings,
    ):
        chaos = Chaos(arguments, folder, settings)
        for part in arguments.only or PARTS:
            print(f"{kind}, {part} ...", file=sys.stderr, flush=True)
            await chaos.run(part, sandbox)
            show(part, {kind: chaos.found[part]})
            print(*chaos.problems, sep="\n", flush=True)
    return chaos


async def main() -> int:
    arguments = parsed()
    started, all_of_it = time.monotonic(), {}
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        for kind in arguments.ledger or LEDGERS:
            all_of_it[kind] = await over(kind, arguments, Path(name) / kind)
    print(f"\nseed {arguments.seed}, {time.monotonic() - started:.0f} s in all")
    for part in arguments.only or PARTS:
        show(part, {kind: chaos.found[part] for kind, chaos in all_of_it.items()})
    problems = [f"{kind}: {one}" for kind, chaos in all_of_it.items() for one in chaos.problems]
    print("\n" + ("\n".join(problems) or "nothing was found broken, nothing left half-done"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
