"""How a stand-in behaves where its documents leave it open, changeable while it runs."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from sandbox.inputs import BadInput, number, one_of, only

S = TypeVar("S")


def changed(switches: S, body: Mapping[str, Any]) -> S:
    """`switches` (a frozen dataclass) with the fields of `body` set. Errors: `BadInput`."""
    hints = typing.get_type_hints(type(switches))
    only(body, hints)
    values = {name: _read(value, name, hints[name]) for name, value in body.items()}
    return dataclasses.replace(switches, **values)  # type: ignore[type-var]


def shown(switches: object) -> dict[str, Any]:
    return dataclasses.asdict(switches)  # type: ignore[call-overload, no-any-return]


def _read(value: Any, name: str, hint: Any) -> Any:
    if typing.get_origin(hint) is typing.Literal:
        return one_of(value, name, typing.get_args(hint))
    if hint is bool:
        if not isinstance(value, bool):
            raise BadInput(f"{name} must be true or false")
        return value
    return number(value, name)
