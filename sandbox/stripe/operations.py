"""What an API call is, apart from HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.form import Params
from sandbox.stripe.state import StripeState

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, authenticated and with its parameter names checked.

    `version` is what the request's own header says; `subject` the id in the path.
    """

    state: StripeState
    params: Params
    subject: str
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`public` ones may be called with the publishable key and the intent's client secret."""

    method: str
    path: str
    run: Callable[[Call], Json]
    accepts: frozenset[str]
    requires: tuple[str, ...] = ()
    public: bool = False


def names(text: str) -> frozenset[str]:
    """The parameters of a call; all calls take `expand`."""
    return frozenset((*text.split(), "expand"))


def page_names(text: str = "") -> frozenset[str]:
    return names(f"created ending_before limit starting_after {text}")
