"""What the user pool says, in its own words."""

from dataclasses import dataclass, field

UPSTREAM = "cognito"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppClient:
    """The pool and the app client that we call as."""

    pool_id: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUser:
    username: str
    sub: str
    email: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTokens:
    """Refreshing gives a new `refresh_token` only where the app client rotates them."""

    access_token: str = field(repr=False)
    id_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in_seconds: int
