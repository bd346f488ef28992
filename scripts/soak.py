"""Load one copy for long while upstreams fail in turn: `python -m scripts.soak`.

Memory, open files, sockets, threads and tasks are looked at every two seconds; the median of the
last quarter may be 5 % above that of the second one (and five, for what is counted in dozens).
Exit code 1 when it grew, a request got no answer, or a booking was lost.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.availability.soak import FIGURES, Report, soak
from tests.availability.steady_load import rates
from tests.sandbox_process import running_sandbox

# A machine that cannot hold the rate proves less than it says.
LEAST_SHARE = 0.9
MINUTE = 60.0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.soak", description=__doc__)
    parser.add_argument("--rate", type=float, default=70, help="requests a second")
    parser.add_argument("--minutes", type=float, default=20)
    return parser.parse_args()


def minutes(report: Report) -> Iterator[str]:
    names = " ".join(f"{name:>8}" for name in FIGURES)
    yield f"{'minute':>6} {names} {'requests':>8} {'good':>6} {'p50 ms':>7} {'p99 ms':>7}"
    for number in range(int(report.seconds // MINUTE)):
        begins, ends = (report.began + (number + n) * MINUTE for n in (0, 1))
        looks = [look for look in report.looks if begins <= look.at < ends]
        asked = [one for one in report.outcomes if begins <= one.began < ends]
        if not looks or not asked:
            continue
        held = " ".join(
            f"{statistics.median(float(getattr(look, name)) for look in looks):8.1f}"
            for name in FIGURES
        )
        _, median, slow = rates(asked)
        good = sum(one.failure is None for one in asked) / len(asked)
        yield (
            f"{number + 1:6} {held} {len(asked):8} {good:6.1%} {median * 1000:7.0f}"
            f" {slow * 1000:7.0f}"
        )


def verdict(report: Report) -> Iterator[str]:
    yield f"\n{'':8} {'second quarter':>14} {'last quarter':>12} {'change':>7}"
    for it in report.held:
        change = (it.after - it.before) / it.before
        yield f"{it.name:8} {it.before:14.1f} {it.after:12.1f} {change:7.1%}" + (
            "" if it.is_flat else "  FAILED"
        )
    yield (
        f"\n{report.rate:.0f} requests a second, {len(report.outcomes)} in all,"
        f" {len(report.broken)} without an answer; {report.bookings} bookings,"
        f" {len(report.lost)} lost, {len(report.violations)} violations in the upstreams' books"
    )


async def run(options: argparse.Namespace, folder: Path) -> int:
    seconds = options.minutes * MINUTE
    with (
        (folder / "sandbox.log").open("w") as log,
        running_sandbox(folder / "sandbox", stderr=log) as sandbox,
    ):
        async with asyncio.timeout(seconds + 600):
            report = await soak(sandbox, folder, rate=options.rate, seconds=seconds)
    for line in (*minutes(report), *verdict(report)):
        print(line)
    problems = list(report.problems)
    if report.rate < LEAST_SHARE * options.rate:
        problems.append(f"only {report.rate:.0f} requests a second were held")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def main() -> int:
    options = parsed()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        return asyncio.run(run(options, Path(name)))


if __name__ == "__main__":
    sys.exit(main())
