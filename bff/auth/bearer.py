"""From `Authorization` headers to who is asking, or to what is wrong with their token."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bff.auth.keys import KeysAway
from bff.auth.principal import Principal
from bff.auth.refusals import Expired, TokenRefused

Verify = Callable[[str], Awaitable[Principal]]
"""Errors: `TokenRefused`, `KeysAway`."""


class TokenProblem(StrEnum):
    """What the app can act on; anything finer would only help who forges tokens."""

    EXPIRED = "expired"  # refresh the session
    INVALID = "invalid"  # sign in again
    KEYS_UNREACHABLE = "keys_unreachable"  # the same token may be good in a moment


@dataclass(frozen=True, slots=True)
class Identity:
    """At most one of the two is set; neither for a caller who showed no token."""

    principal: Principal | None = None
    problem: TokenProblem | None = None


async def identify(verify: Verify, headers: Sequence[bytes]) -> Identity:
    """Who sent these `Authorization` headers. Never raises for anything that they hold."""
    if not headers:
        return Identity()
    token = _bearer_token(headers)
    if token is None:
        return Identity(problem=TokenProblem.INVALID)
    try:
        return Identity(await verify(token))
    except (TokenRefused, KeysAway) as refusal:
        return Identity(problem=_problem(refusal))


def _problem(refusal: TokenRefused | KeysAway) -> TokenProblem:
    if isinstance(refusal, KeysAway):
        return TokenProblem.KEYS_UNREACHABLE
    return TokenProblem.EXPIRED if isinstance(refusal, Expired) else TokenProblem.INVALID


def _bearer_token(headers: Sequence[bytes]) -> str | None:
    """None also for several headers: which one is meant is not ours to guess."""
    try:
        (header,) = headers
        scheme, token = header.decode("ascii").split(maxsplit=1)
    except ValueError:
        return None
    return token if scheme.lower() == "bearer" else None
