"""npm packages in a folder of ours: pinned by its lock, installed when that is newer."""

import shutil
import subprocess
import sys
from pathlib import Path

# A first install takes a minute on a slow line.
_SECONDS = 600


def installed(folder: Path) -> None:
    """Ends the process, with a word to whoever started it, where there is no npm."""
    lock, done = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    command = [needed("npm"), "ci", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=folder, check=True, timeout=_SECONDS)  # noqa: S603 - npm
    done.touch()


def needed(command: str) -> str:
    found = shutil.which(command)
    if found is None:
        sys.exit(f"{command} is needed (Node.js 20 or newer, with npm)")
    return found
