"""Breaks the code in the ways it guards against, and shows which proof sees it.

`python -m scripts.mutants [name ...]`. Works on a copy of the tree in a folder of its own. Exit
code 1 when a mutant lives, or when its text is no longer in the code.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.mutant_list import MUTANTS, Mutant

ROOT = Path(__file__).parents[1]
# A proof that takes longer has shown nothing: some mutants go round in circles.
LONGEST_SECONDS = 600


def copy_tree(to: Path) -> None:
    """What git knows of the tree, as it is in the working copy."""
    known = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, known.stdout.split("\0")):
        source = ROOT / name
        if source.is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / name)


def red(tree: Path, proof: str) -> str | None:
    """The first test that fails; None when the proof is green, or does not end."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(  # noqa: S603 - our own tests
            [*command, proof],
            cwd=tree,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == 0:
        return None
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    if not failed:
        return None
    *_, owner, name = failed[0].partition(" - ")[0].partition("[")[0].split("::")
    return owner if name == "runTest" else name


def caught(tree: Path, mutant: Mutant) -> Iterator[tuple[str, str | None]]:
    """Each proof with what turned red."""
    file = tree / mutant.file
    before = file.read_text(encoding="utf-8")
    if before.count(mutant.old) != 1:
        yield mutant.file, None
        return
    file.write_text(before.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        for proof in mutant.proofs:
            yield proof, red(tree, proof)
    finally:
        file.write_text(before, encoding="utf-8")


def main(names: Sequence[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    alive = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        print("| mutant | caught by |\n|---|---|")
        for mutant in chosen:
            found = dict(caught(tree, mutant))
            alive += not all(found.values())
            tests = ", ".join(f"`{by}`" if by else f"NOT BY {on}" for on, by in found.items())
            print(f"| {mutant.name} | {tests} |", flush=True)
    return 1 if alive else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=__doc__)
    parser.add_argument("names", nargs="*")
    sys.exit(main(parser.parse_args().names))
