"""Fetch what stands in for DynamoDB (dynoxide), SQS and KMS (MiniStack) in tests.

Once into `.run/stand-ins`, through npm and pip as they are set up on this machine; nothing of it
is part of the product. Says on one line what is missing when they cannot be had.
"""

import base64
import contextlib
import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAND_INS = ROOT / ".run" / "stand-ins"
# The names carry the versions, so that a newer one is fetched beside an older one.
DYNOXIDE = STAND_INS / "dynoxide-1.2.1"
MINISTACK = STAND_INS / "ministack-1.5.33"

_PACKAGE = "@dynoxide/linux-x64@1.2.1"
_SHA512 = "sBHqlxJ9ANkLluFkYRfd5r8Y0ApFew4FhOrlhgRAgD4XzEoFOukEo1nuBTQ1+jTtofqwn4NWQ2k0Tn5mNTjgUg=="
_FETCH_SECONDS = 300


class CannotFetch(Exception):
    """The message names what is missing."""


def dynoxide() -> Path:
    """The program that answers as DynamoDB. Errors: CannotFetch."""
    with _alone():
        if not DYNOXIDE.exists():
            machine = f"{platform.system()} {platform.machine()}"
            if machine != "Linux x86_64":
                raise CannotFetch(
                    f"dynoxide, the stand-in for DynamoDB, has no {machine} build here"
                )
            if shutil.which("npm") is None:
                raise CannotFetch("npm, which fetches dynoxide, the stand-in for DynamoDB")
            _fetch_dynoxide()
    return DYNOXIDE


def ministack() -> Path:
    """The program that answers as SQS and KMS. Errors: CannotFetch."""
    program = MINISTACK / "bin" / "ministack"
    with _alone():
        if not program.exists():
            # Its pins are not ours, so it has an environment of its own. pip writes the program
            # last: a folder without it was left by a run that was cut off.
            venv.create(MINISTACK, with_pip=True, clear=True)
            pip = (str(MINISTACK / "bin" / "python"), "-m", "pip", "install", "-q")
            pins = str(ROOT / "requirements" / "stand-ins.txt")
            what = "MiniStack, the stand-in for SQS and KMS"
            _run(
                what,
                *pip,
                "--disable-pip-version-check",
                "--no-deps",
                "--require-hashes",
                "-r",
                pins,
            )
    return program


def _fetch_dynoxide() -> None:
    with tempfile.TemporaryDirectory(dir=STAND_INS) as name:
        folder = Path(name)
        what = "dynoxide, the stand-in for DynamoDB"
        _run(what, "npm", "pack", "--silent", "--pack-destination", name, _PACKAGE)
        (archive,) = folder.glob("*.tgz")
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != _SHA512:
            raise CannotFetch("dynoxide as we know it: npm fetched another")
        with tarfile.open(archive) as packed:
            packed.extract("package/dynoxide", folder, filter="data")
        program = folder / "package" / "dynoxide"
        program.chmod(0o755)
        program.replace(DYNOXIDE)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Another run may want to fetch at the same moment: it waits, and finds all there."""
    STAND_INS.mkdir(parents=True, exist_ok=True)
    with (STAND_INS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(what: str, *command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_FETCH_SECONDS)  # noqa: S603 - our own commands
    except (OSError, subprocess.SubprocessError):
        raise CannotFetch(f"{what}, which {Path(command[0]).name} could not fetch") from None


def main() -> int:
    try:
        for fetch in (dynoxide, ministack):
            print(fetch())
    except CannotFetch as problem:
        print(f"Missing: {problem}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
