"""Fields with a resolver, typed: Strawberry's own decorators answer Any."""

from collections.abc import Callable
from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from resolvers.cache_hints import CacheHint
from resolvers.kinds import Kind

Decorator = Callable[[Callable[..., Any]], StrawberryField]


def resolved(
    description: str,
    *,
    cache: CacheHint | None = None,
    cost: int = 0,
    size: str | None = None,
    kind: Kind | None = None,
) -> Decorator:
    """`cost` is what the field asks of an upstream, beside the objects that it answers with.

    `size` names the argument that says how long its list is; `kind` is what it is counted as.
    """
    metadata = {"cache": cache, "cost": cost, "size": size, "kind": kind}
    return cast("Decorator", strawberry.field(description=description, metadata=metadata))


def watched(description: str) -> Decorator:
    return cast("Decorator", strawberry.subscription(description=description))
