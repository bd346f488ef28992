"""What a control call asks for, read with care."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)


class BadOrder(Exception):
    """The control call is not understood."""


class UnknownThing(Exception):
    """The control call names what is not there."""


class Fields:
    """The JSON object of a control call. Errors: BadOrder."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise BadOrder(f"{name} is a text")
        return value or None

    def number(self, name: str, default: float = 0) -> float:
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadOrder(f"{name} is a number of at least 0")
        return value

    def flag(self, name: str) -> bool:
        value = self._values.get(name, False)
        if not isinstance(value, bool):
            raise BadOrder(f"{name} is true or false")
        return value

    def texts(self, name: str) -> list[str] | None:
        value = self._values.get(name)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
        ):
            raise BadOrder(f"{name} is a list of texts")
        return value

    def one_of(self, options: type[E], name: str, default: E) -> E:
        value = self.text(name)
        try:
            return default if value is None else options(value)
        except ValueError as bad:
            raise BadOrder(f"{name} is one of {', '.join(options)}") from bad
