"""Fields with a resolver, typed: Strawberry's own decorators answer Any."""

from collections.abc import Callable
from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from resolvers.cache_hints import CacheHint

Decorator = Callable[[Callable[..., Any]], StrawberryField]


def resolved(description: str, *, cache: CacheHint | None = None, cost: int = 0) -> Decorator:
    """`cost` is what the field asks of an upstream, beside the objects that it answers with."""
    metadata = {"cache": cache, "cost": cost}
    return cast("Decorator", strawberry.field(description=description, metadata=metadata))


def watched(description: str) -> Decorator:
    return cast("Decorator", strawberry.subscription(description=description))
