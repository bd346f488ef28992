"""Objects in place of their ids (docs.stripe.com/api/expanding_objects)."""

from typing import Any

from sandbox.stripe import card_shapes, shapes
from sandbox.stripe.errors import invalid_parameter, refused
from sandbox.stripe.store import Store

DEEPEST = 4
_NAMES = "charge customer data latest_charge payment_intent payment_method refunds"
EXPANDABLE = frozenset(_NAMES.split())


def check_paths(paths: list[str]) -> None:
    """Before anything is done, so that a bad path cannot follow a write."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            message = f"You cannot expand more than {DEEPEST} levels of a property: {path}"
            raise invalid_parameter(message, "expand")
        if not EXPANDABLE.issuperset(steps):
            raise invalid_parameter(f"This property cannot be expanded ({path}).", "expand")


def expand(store: Store, answer: dict[str, Any], paths: list[str]) -> None:
    """Put the objects into the answer, in place; `data.x` reaches into each item of a list."""
    for path in paths:
        _walk(store, answer, path.split("."), path)


def _walk(store: Store, place: dict[str, Any], steps: list[str], path: str) -> None:
    step, rest = steps[0], steps[1:]
    if step not in place:
        raise refused(f"This property cannot be expanded ({path}).", param="expand")
    value = place[step]
    if isinstance(value, str):
        value = place[step] = _look_up(store, step, value)
    for inner in value if isinstance(value, list) else [value]:
        if rest and isinstance(inner, dict):
            _walk(store, inner, rest, path)


def _look_up(store: Store, step: str, object_id: str) -> dict[str, Any]:
    match step:
        case "customer":
            return shapes.customer(store.customers[object_id])
        case "payment_method":
            return card_shapes.payment_method(store.methods[object_id])
        case "payment_intent":
            return shapes.payment_intent(store.intents[object_id])
        case _:
            return card_shapes.charge(store.charges[object_id])
