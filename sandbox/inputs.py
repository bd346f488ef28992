"""What the control port is sent, read strictly: whoever drives a test wants typing errors told."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from starlette.requests import Request


class BadInput(Exception):
    """The control port was sent something it cannot use; the message says what (answer 400)."""


async def read_object(request: Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as bad:
        raise BadInput("the body is not JSON") from bad
    if not isinstance(body, dict):
        raise BadInput("the body must be a JSON object")
    return body


def only(body: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse fields that nobody would read."""
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise BadInput(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{name} must be a text")
    return value


def number(value: Any, name: str, smallest: float = 0.0, largest: float = 1e9) -> float:
    """A finite number within bounds; `true` is none."""
    usable = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not usable or not smallest <= value <= largest:
        raise BadInput(f"{name} must be a number from {smallest:g} to {largest:g}")
    return float(value)


def whole(value: Any, name: str, smallest: int = 0, largest: int = 10**9) -> int:
    if not number(value, name, smallest, largest).is_integer():
        raise BadInput(f"{name} must be a whole number")
    return int(value)


def flag(body: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise BadInput(f"{name} must be true or false")
    return value


def texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise BadInput(f"{name} must be a list of texts")
    return tuple(value)


def one_of(value: Any, name: str, choices: Collection[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise BadInput(f"{name} must be one of {', '.join(sorted(choices))}")
    return value
