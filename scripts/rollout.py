"""Replace both copies behind a load balancer while members book: `python -m scripts.rollout`.

Three rounds by SIGTERM, in which no request may fail, and three by SIGKILL, in which only those
may that the killed copy had under way; each over SQLite and over DynamoDB with SQS. At the end the
upstreams' own books are read. Exit code 1 when anything falls short.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from scripts.chaos import ledger
from tests.availability.load_balancer import Missing, program
from tests.availability.rollout import Plan, Report, rollout
from tests.sandbox_process import Sandbox, running_sandbox

WAYS = {"SIGTERM": False, "SIGKILL": True}
LEDGERS = ("sqlite", "dynamodb")
# A machine that cannot hold the rate proves less than it says.
LEAST_SHARE = 0.9
MOST_SECONDS = 1200
HEAD = (
    f"{'ledger':9} {'by':8} {'replaced':>8} {'requests':>8} {'per s':>6}"
    f" {'p50 ms':>7} {'p99 ms':>7}"
    f" {'failed':>6} {'at the killed':>13} {'never':>5} {'bookings':>8} {'lost':>5} {'broken':>6}"
    f" {'slowest exit':>12}"
)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.rollout", description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ledger", choices=LEDGERS, action="append", help="may be given again")
    parser.add_argument("--by", choices=WAYS, action="append", help="may be given again")
    return parser.parse_args()


def shown(ledger_name: str, way: str, report: Report) -> str:
    rate, median, slow = report.rates
    slowest = max((left.seconds for left in report.lefts), default=None)
    exits = "-" if slowest is None else f"{slowest:.1f} s"
    return (
        f"{ledger_name:9} {way:8} {report.replaced:8} {len(report.outcomes):8} {rate:6.0f}"
        f" {median * 1000:7.0f} {slow * 1000:7.0f} {len(report.failed):6}"
        f" {len(report.excused):13} {len(report.given_up):5} {report.bookings:8}"
        f" {len(report.lost):5} {len(report.violations):6} {exits:>12}"
    )


async def run(options: argparse.Namespace, sandbox: Sandbox, folder: Path) -> list[str]:
    problems: list[str] = []
    print(HEAD, flush=True)
    for name in options.ledger or LEDGERS:
        (folder / name).mkdir()
        with ledger(name, folder / name) as settings:
            for way in options.by or WAYS:
                sandbox.reset()
                plan = Plan(
                    rate=options.rate,
                    rounds=options.rounds,
                    is_brutal=WAYS[way],
                    settings=settings(),
                )
                async with asyncio.timeout(MOST_SECONDS):
                    report = await rollout(sandbox, folder / name / way, plan)
                print(shown(name, way, report), flush=True)
                found = list(report.problems)
                if report.rates[0] < LEAST_SHARE * options.rate:
                    found.append(f"only {report.rates[0]:.0f} requests a second were held")
                problems += [f"{name}, {way}: {each}" for each in found]
    return problems


def main() -> int:
    options = parsed()
    try:
        program()
    except Missing as missing:
        print(f"make rollout: {missing}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="rollout-") as name:
        folder = Path(name)
        with (
            (folder / "sandbox.log").open("w") as log,
            running_sandbox(folder / "sandbox", stderr=log) as sandbox,
        ):
            problems = asyncio.run(run(options, sandbox, folder))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
