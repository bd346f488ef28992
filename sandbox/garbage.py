"""Answers that are not what their status promises."""

import json
from collections.abc import Callable
from typing import Any


def spoilt(shape: str, body: bytes) -> bytes:
    """The answer's body, spoilt in one of `SHAPES`."""
    return _SHAPES[shape](body)


def _nulls(value: Any) -> Any:
    """The same shape with every leaf null."""
    if isinstance(value, dict):
        return {key: _nulls(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_nulls(item) for item in value]
    return None


def _swapped(value: Any) -> Any:
    """The same shape with numbers as texts, texts as numbers, lists as objects and reverse."""
    if isinstance(value, dict):
        return {key: _swapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return {str(place): _swapped(item) for place, item in enumerate(value)}
    if isinstance(value, str):
        return len(value)
    return str(value)


def _rewritten(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    def rewrite(body: bytes) -> bytes:
        try:
            return json.dumps(change(json.loads(body))).encode()
        except ValueError:
            return b"null"

    return rewrite


_SHAPES: dict[str, Callable[[bytes], bytes]] = {
    "text": lambda _: b"it works!",
    "html": lambda _: b"<html><body><h1>Bad gateway</h1></body></html>",
    "binary": lambda _: bytes(range(256)),
    "truncated": lambda body: body[: max(1, len(body) // 2)],
    "empty": lambda _: b"",
    "null": lambda _: b"null",
    "number": lambda _: b"42",
    "string": lambda _: b'"ok"',
    "list": lambda _: b"[null, 1, {}]",
    "object": lambda _: b"{}",
    "nulls": _rewritten(_nulls),
    "swapped": _rewritten(_swapped),
}
SHAPES = tuple(_SHAPES)
