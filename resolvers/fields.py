"""Fields with a resolver, typed: Strawberry's own decorators answer Any."""

from collections.abc import Callable
from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

Decorator = Callable[[Callable[..., Any]], StrawberryField]


def resolved(description: str) -> Decorator:
    return cast("Decorator", strawberry.field(description=description))


def watched(description: str) -> Decorator:
    return cast("Decorator", strawberry.subscription(description=description))
