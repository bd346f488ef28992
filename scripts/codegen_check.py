"""Generate what app developers generate from our schema and sample operations, and compile it.

TypeScript always; Swift and Kotlin where `swiftc` and `kotlinc` are on the PATH. Needs Node.js 20
and npm; nothing that is generated is kept.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from npm_packages import installed, needed

FOLDER = Path(__file__).resolve().parent.parent / "codegen"
OUT = FOLDER / "out"
# Kotlin's compiler takes half a minute on a slow machine.
SECONDS = 300


def main() -> int:
    installed(FOLDER)
    shutil.rmtree(OUT, ignore_errors=True)
    tools = FOLDER / "node_modules" / ".bin"
    _run(tools / "graphql-codegen", "--config", "codegen.json", "--silent")
    _run(needed("node"), "quicktypes.mjs")
    _run(tools / "tsc", "--project", ".")
    _say("TypeScript", "typescript/*.ts", "compiles, and so does codegen/app.ts, which uses it")
    with tempfile.TemporaryDirectory() as folder:
        kotlin = ("kotlinc", "-nowarn", OUT / "kotlin" / "Club.kt", "-d", folder)
        _say("Kotlin", "kotlin/*.kt", _compiled(*kotlin))
        _say("Swift", "swift/*.swift", _compiled("swiftc", "-typecheck", OUT / "swift/Club.swift"))
    return 0


def _compiled(compiler: str, *arguments: object) -> str:
    if shutil.which(compiler) is None:
        return f"not compiled: no {compiler} here"
    _run(compiler, *arguments)
    return "compiles"


def _say(language: str, files: str, outcome: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in OUT.glob(files)]
    lines = sum(text.count("\n") for text in texts)
    if not lines:
        sys.exit(f"codegen-check: no {language} was generated")
    print(f"{language:<10}  {lines:>5} lines  {outcome}")


def _run(command: object, *arguments: object) -> None:
    """What it says is shown only when it fails."""
    line = [str(it) for it in (command, *arguments)]
    done = subprocess.run(  # noqa: S603 - found on the PATH or in our own folder
        line, cwd=FOLDER, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-3000:]
        sys.exit(f"codegen-check: {Path(line[0]).name} ended with {done.returncode}\n{said}")


if __name__ == "__main__":
    sys.exit(main())
