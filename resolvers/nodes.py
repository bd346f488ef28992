"""Relay's Node: whatever has an id of its own."""

import strawberry


@strawberry.interface(description="Anything that has a global id and can be asked for again.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque, stable, unique over all types. Keep it; never take it apart."
    )
