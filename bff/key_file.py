"""The file of data keys: one a line, in base64; the first seals, all of them open.

Whoever reads it can open what the ledger keeps of members, so a file that others may read is
refused.
"""

import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

OWNER_ONLY = 0o600
_OTHERS = 0o077


class BadKeyFile(ValueError):
    """The file cannot be trusted, or used; says what to do about it."""


def read_keys(path: Path) -> tuple[str, ...]:
    """The keys as they are written down. Errors: BadKeyFile."""
    try:
        with path.open(encoding="ascii") as file:
            _check(path, os.fstat(file.fileno()))
            lines = tuple(line.strip() for line in file if line.strip())
    except FileNotFoundError:
        raise BadKeyFile(f"there is no {path}; `python -m bff data-keys new` makes it") from None
    except UnicodeDecodeError:
        raise BadKeyFile(f"{path} holds something else than keys in base64") from None
    except OSError as problem:
        raise BadKeyFile(f"{path}: {problem.strerror}") from None
    if not lines:
        raise BadKeyFile(f"{path} holds no key")
    return lines


def make_keys(path: Path, keys: Sequence[str]) -> None:
    """A new file. Errors: BadKeyFile where there is one already."""
    try:
        _write(path, keys)
    except FileExistsError:
        raise BadKeyFile(f"{path} is there already") from None
    except OSError as problem:
        raise BadKeyFile(f"{path}: {problem.strerror}") from None


def replace_keys(path: Path, keys: Sequence[str]) -> None:
    """Write other keys into the file: all of them, or what was there stays."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    make_keys(new, keys)
    new.replace(path)


def _write(path: Path, keys: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(opened, "w", encoding="ascii") as file:
        file.writelines(f"{key}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadKeyFile(f"{path} is no file")
    if found.st_uid != os.geteuid():
        raise BadKeyFile(f"{path} belongs to somebody else")
    if found.st_mode & _OTHERS:
        raise BadKeyFile(f"{path} may be read by others than its owner: chmod 600 {path}")
