"""Start the BFF and let others judge it: one table, and a failure if any row falls short.

Needs Node.js 20 and npm for the clients and audits in audit/; installs them there.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

from audit_abuse import abuse, rates, sizes
from audit_cdn import cdn
from audit_forgeries import forgeries
from audit_generated import generated, logs
from audit_stage import Row, Stage, set_up
from audit_tokens import tokens
from npm_packages import installed, needed
from run import ROOT, CannotRun

FOLDER = ROOT / "audit"
# The slowest of them takes a tenth of it.
SECONDS = 300


Audit = Callable[[Stage], Iterable[Row]]


def by_node(script: str) -> Audit:
    """An audit in audit/, which prints its rows as lines of JSON."""

    def audit(stage: Stage) -> Iterable[Row]:
        done = subprocess.run(  # noqa: S603 - our own script
            [needed("node"), FOLDER / script],
            cwd=FOLDER,
            env={**os.environ, "AUDIT_STAGE": stage.as_json()},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        rows = [Row(**json.loads(line)) for line in done.stdout.splitlines()]
        if done.returncode or not rows:
            said = done.stderr.strip().splitlines()
            rows.append(
                Row(
                    name=script,
                    figure=f"ended with {done.returncode}",
                    wanted="0",
                    fine=False,
                    detail=" / ".join(said[-5:]),
                )
            )
        return rows

    return audit


AUDITS: dict[str, Audit] = {
    "http": by_node("http_spec.mjs"),
    "persisted": by_node("persisted.mjs"),
    "subscriptions": by_node("subscriptions.mjs"),
    "abuse": abuse,
    "sizes": sizes,
    "forgeries": forgeries,
    "tokens": tokens,
    "cdn": cdn,
    "generated": generated,
    "rates": rates,
    "logs": logs,  # last: it reads what all others have left
}


def _guarded(name: str, stage: Stage) -> list[Row]:
    """An audit that breaks has found something: at least that it cannot be relied on."""
    try:
        return list(AUDITS[name](stage))
    except Exception as problem:  # noqa: BLE001 - likewise
        said = f"{type(problem).__name__}: {problem}"
        return [Row(name=name, figure="broke", wanted="an answer", fine=False, detail=said)]


def _print(rows: list[Row]) -> None:
    head: Any = Row(name="audit", figure="found", wanted="wanted", fine=True)
    widths = [max(len(getattr(it, part)) for it in [head, *rows]) for part in ("name", "figure")]
    for row in [head, *rows]:
        mark = "    " if row is head else "ok  " if row.fine else "FAIL"
        print(f"{mark}  {row.name:<{widths[0]}}  {row.figure:<{widths[1]}}  {row.wanted}")
        if row.detail and not row.fine:
            print(f"      {row.detail}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("audits", nargs="*", choices=[*AUDITS, []], help="all unless named")
    chosen = options.parse_args().audits or list(AUDITS)
    installed(FOLDER)
    rows: list[Row] = []
    try:
        with set_up() as stage:
            for name in chosen:
                rows += _guarded(name, stage)
    except CannotRun as problem:
        sys.exit(f"audit: {problem}")
    _print(rows)
    return 0 if all(row.fine for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
