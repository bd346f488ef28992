"""Names read from the environment, and what their values may be.

What is wrong is remembered, so that an operator is told of all of it at once.
"""

import base64
import json
import zoneinfo
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar, cast

from bff.key_file import read_keys

T = TypeVar("T")

# How SQLite's files begin, by its documentation of the file format.
_SQLITE = b"SQLite format 3\0"

# A key is good for 24 hours beyond the end of its booking at least. A month leaves time for a
# webhook that comes late, and for workers that were away, to make an ended booking move again.
FEWEST_KEPT_DAYS = 30


class BadSettings(Exception):
    """The environment does not say what we need to start; the message is for the operator."""


class Reader:
    """Reads each name once; `check` then says what is missing, unreadable or unknown."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._known: set[str] = set()
        self._missing: list[str] = []
        self._wrong: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        self._known.add(name)
        value = self._env.get(name, "").strip() or default
        if value is None:
            self._missing.append(name)
            return ""
        return value

    def parsed(self, name: str, default: str | None, parse: Callable[[str], T]) -> T:
        value = self.text(name, default)
        # What is returned for a bad value is never seen: `check` raises before it is used.
        if not value:
            return cast("T", None)
        try:
            return parse(value)
        except (ValueError, TypeError, OSError, zoneinfo.ZoneInfoNotFoundError) as problem:
            self._wrong.append(f"{name} ({problem})")
            return cast("T", None)

    def name_of(self, *names: str) -> str:
        """Which of these, of which exactly one must be set, is set."""
        given = [name for name in names if self.text(name, "")]
        if len(given) > 1:
            self._wrong.append(f"{' and '.join(given)} (set only one of them)")
        if not given:
            self._missing.append(" or ".join(names))
        return given[0] if given else names[0]

    def check(self, prefixes: tuple[str, ...], foreign: frozenset[str]) -> None:
        """`prefixes` are ours, but for the names `foreign`. Errors: BadSettings."""
        unknown = sorted(
            name
            for name in self._env
            if name.startswith(prefixes) and name not in self._known | foreign
        )
        problems = [
            *([f"set {', '.join(self._missing)}"] if self._missing else []),
            *([f"cannot read {'; '.join(self._wrong)}"] if self._wrong else []),
            *([f"unknown: {', '.join(unknown)}"] if unknown else []),
        ]
        if problems:
            raise BadSettings("; ".join(problems) + " (.env.example lists every setting)")


def at_least(smallest: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        number = float(value)
        if not smallest <= number < float("inf"):
            raise ValueError(f"must be {smallest:g} or more")
        return number

    return parse


def whole(smallest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if number < smallest:
            raise ValueError(f"must be {smallest} or more")
        return number

    return parse


def days(value: str) -> int:
    number = int(value)
    if number != 0 and number < FEWEST_KEPT_DAYS:
        raise ValueError(f"must be {FEWEST_KEPT_DAYS} or more, or 0 for ever")
    return number


def port(value: str) -> int:
    number = int(value)
    if not 0 < number < 65536:  # noqa: PLR2004 - the range of TCP ports
        raise ValueError("must be a port from 1 to 65535")
    return number


def switch(value: str) -> bool:
    switches = {"on": True, "off": False}
    if value.lower() not in switches:
        raise ValueError("must be on or off")
    return switches[value.lower()]


def key(value: str) -> bytes:
    key = base64.b64decode(value.strip(), validate=True)
    if len(key) != 32:  # noqa: PLR2004 - AES-256 and HMAC-SHA256 want 32 bytes
        raise ValueError("must be 32 bytes in base64")
    return key


def keys(value: str) -> tuple[bytes, ...]:
    found = tuple(key(part) for part in value.split(",") if part.strip())
    if not found:
        raise ValueError("holds no key")
    return found


def sealed_keys(value: str) -> tuple[bytes, ...]:
    return tuple(
        base64.b64decode(part, validate=True) for part in value.replace(" ", "").split(",")
    )


def in_file(parse: Callable[[str], T]) -> Callable[[str], T]:
    """The same values from a file of keys, one a line."""
    return lambda path: parse(",".join(read_keys(Path(path))))


def zone(value: str) -> str:
    return zoneinfo.ZoneInfo(value).key


def ledger_file(value: str) -> Path:
    """A ledger that is there, or may be made there; what is something else is left alone."""
    path = Path(value)
    if path.exists():
        if not path.is_file():
            raise ValueError(f"{path} is no file")
        with path.open("rb") as file:
            begins = file.read(len(_SQLITE))
        if begins not in {b"", _SQLITE}:
            raise ValueError(f"{path} is something else than a ledger")
    return path


def time_zones(path: str) -> Mapping[str, str]:
    table = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(table, dict):
        raise TypeError("must be a JSON object")
    return {str(venue): zone(str(named)) for venue, named in table.items()}


def url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be {' or '.join(choices)}")
        return value

    return parse
