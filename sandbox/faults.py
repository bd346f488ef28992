"""What is wrong with which upstream, and with which of its routes."""

import itertools
import random
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from sandbox.garbage import SHAPES
from sandbox.inputs import BadInput, flag, number, one_of, only, text, whole

_COMMON = ("upstream", "kind", "route", "regex", "times", "probability", "seed")
_LONGEST_SECONDS = 3600


@dataclass(slots=True)
class Fault:
    """`settings` are those of its kind. `left` counts down to nothing; None means for ever."""

    id: int
    upstream: str
    kind: str
    settings: Mapping[str, Any]
    method: str
    path: str
    regex: re.Pattern[str] | None
    left: int | None
    probability: float
    dice: random.Random = field(repr=False)

    def fits(self, method: str, path: str) -> bool:
        if self.regex is not None:
            return self.regex.search(f"{method} {path}") is not None
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def milliseconds(self) -> float:
        """The fixed delay, or one drawn from the range."""
        value = self.settings["milliseconds"]
        return self.dice.uniform(*value) if isinstance(value, list) else float(value)

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "upstream": self.upstream,
            "kind": self.kind,
            "route": None if self.regex else f"{self.method} {self.path}",
            "regex": self.regex.pattern if self.regex else None,
            "times_left": self.left,
            "probability": self.probability,
            **self.settings,
        }


class FaultBoard:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []

    def add(self, upstream: str, body: Mapping[str, Any]) -> Fault:
        """Errors: `BadInput`."""
        fault = _parsed(next(self._ids), upstream, body)
        self._faults.append(fault)
        return fault

    def all(self) -> list[Fault]:
        return list(self._faults)

    def clear(self, upstream: str | None = None) -> None:
        self._faults = [f for f in self._faults if upstream not in {None, f.upstream}]

    def remove(self, fault_id: int) -> bool:
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.id != fault_id]
        return len(self._faults) < before

    def firing(self, upstream: str, method: str, path: str) -> list[Fault]:
        """The faults that this call meets: every latency, and the first of another kind."""
        met: list[Fault] = []
        for fault in self._faults:
            taken = fault.kind != "latency" and any(other.kind != "latency" for other in met)
            if fault.upstream != upstream or fault.kind == "down" or taken:
                continue
            if fault.fits(method, path) and fault.dice.random() < fault.probability:
                met.append(fault)
        for fault in met:
            self._use_up(fault)
        return met

    def downtime(self, upstream: str) -> str | None:
        """How the upstream is down as a whole: "refuse", "abort", or None when it is up."""
        for fault in self._faults:
            if fault.upstream == upstream and fault.kind == "down":
                return str(fault.settings["how"])
        return None

    def _use_up(self, fault: Fault) -> None:
        if fault.left is not None:
            fault.left -= 1
            if fault.left == 0:
                self._faults.remove(fault)


def _parsed(fault_id: int, upstream: str, body: Mapping[str, Any]) -> Fault:
    kind = one_of(body.get("kind"), "kind", _KINDS)
    fields, read = _KINDS[kind]
    only(body, (*_COMMON, *fields))
    method, path = _route(body)
    times = body.get("times")
    if kind == "down" and set(body) & {"times", "route", "regex", "probability"}:
        raise BadInput("down is for a whole upstream, until it is taken away")
    seed = whole(body.get("seed", fault_id), "seed")
    return Fault(
        id=fault_id,
        upstream=upstream,
        kind=kind,
        settings=read(body),
        method=method,
        path=path,
        regex=_regex(body),
        left=None if times is None else whole(times, "times", smallest=1),
        probability=number(body.get("probability", 1.0), "probability", 0, 1),
        dice=random.Random(seed),
    )


def _route(body: Mapping[str, Any]) -> tuple[str, str]:
    words = text(body, "route", "*").split()
    if len(words) > 2:  # noqa: PLR2004 - a method and a path
        raise BadInput("route must be a path, or a method and a path, such as POST /api/*")
    method, path = words if len(words) > 1 else ("*", words[0])
    return method.upper(), path


def _regex(body: Mapping[str, Any]) -> re.Pattern[str] | None:
    if "regex" not in body:
        return None
    if "route" in body:
        raise BadInput("give either route or regex")
    try:
        return re.compile(text(body, "regex"))
    except re.error as bad:
        raise BadInput(f"regex: {bad}") from bad


def _latency(body: Mapping[str, Any]) -> dict[str, Any]:
    value = body.get("milliseconds")
    if isinstance(value, list):
        if len(value) != 2:  # noqa: PLR2004 - the two ends of a range
            raise BadInput("milliseconds must be a number, or a range [low, high]")
        low, high = (number(end, "milliseconds", 0, 1000 * _LONGEST_SECONDS) for end in value)
        if low > high:
            raise BadInput("milliseconds: the low end comes first")
        return {"milliseconds": [low, high]}
    return {"milliseconds": number(value, "milliseconds", 0, 1000 * _LONGEST_SECONDS)}


def _error(body: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "status": whole(body.get("status"), "status", 400, 599),
        "stored": flag(body, "stored", default=False),
    }
    if "retry_after" in body:
        settings["retry_after"] = _retry_after(body["retry_after"])
    if "body" in body:
        settings["body"] = body["body"]
    return settings


def _retry_after(value: Any) -> str | int:
    """Seconds, or a text as it stands: a date, or something no client can read."""
    if not isinstance(value, str):
        return whole(value, "retry_after")
    if not (value.isascii() and value.isprintable()):
        raise BadInput("retry_after must be a number of seconds or a text fit for a header")
    return value


def _drop(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"reset": flag(body, "reset", default=False)}


def _late(body: Mapping[str, Any]) -> dict[str, Any]:
    seconds = number(body.get("seconds"), "seconds", 0, _LONGEST_SECONDS)
    return {"seconds": seconds, **_drop(body)}


def _slow_body(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_latency({"milliseconds": body.get("milliseconds", 100)}),
        "chunk_bytes": whole(body.get("chunk_bytes", 1), "chunk_bytes", 1),
    }


def _garbage(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"shape": one_of(body.get("shape", "text"), "shape", SHAPES)}


def _down(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"how": one_of(body.get("how", "refuse"), "how", ("refuse", "abort"))}


_Reader = Callable[[Mapping[str, Any]], dict[str, Any]]
_KINDS: dict[str, tuple[Collection[str], _Reader]] = {
    "latency": (("milliseconds",), _latency),
    "error": (("status", "retry_after", "body", "stored"), _error),
    "drop_before": (("reset",), _drop),
    "drop_after": (("reset",), _drop),
    "late": (("seconds", "reset"), _late),
    "slow_body": (("milliseconds", "chunk_bytes"), _slow_body),
    "garbage": (("shape",), _garbage),
    "down": (("how",), _down),
}
KINDS = tuple(_KINDS)
