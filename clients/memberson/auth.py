"""Signing the service itself in: `SvcAuth` on every call, and the service `Token`."""

import base64
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from clients import parsing
from clients.errors import Malformed
from clients.memberson import codes, proposed
from clients.secret_versions import Version, Versions, with_version
from clients.tokens import FetchedToken, TokenKeeper, TokenStore
from clients.transport import Call, Transport

# What may stand in a header. Real tokens are GUIDs of 36 characters.
_TOKEN = re.compile(r"[!-~]{1,512}")


@dataclass(frozen=True, slots=True)
class ServiceUser:
    name: str
    password: str = field(repr=False)

    @property
    def svc_auth(self) -> str:
        """`base64(user),base64(password)` without a blank (CONFIRMED [UA][EPB])."""
        return ",".join(
            base64.b64encode(part.encode()).decode() for part in (self.name, self.password)
        )


def usable_token(value: object) -> str | None:
    """A token as it may stand in a header; None for anything else."""
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None


async def authenticate(
    transport: Transport, user: ServiceUser, now: Callable[[], dt.datetime]
) -> FetchedToken:
    """`POST /api/user/authenticate` (CONFIRMED x5): the answer is the bare token in quotes.

    Errors: those of `codes.sort`, and Malformed.
    """
    call = Call(
        operation="authenticate",
        method="POST",
        path="/api/user/authenticate",
        json={"UserName": user.name, "Password": user.password},
        headers={"SvcAuth": user.svc_auth},
    )
    response = await transport.send(call, partial(codes.sort, transport.upstream))
    token = usable_token(_bare(response.content))
    if token is None:
        raise Malformed(transport.upstream, call.operation, "no token in the answer")
    return FetchedToken(token, now() + proposed.TOKEN_LIFETIME)


def kept_token(
    transport: Transport,
    users: Versions[ServiceUser],
    now: Callable[[], dt.datetime],
    *,
    store: TokenStore | None = None,
) -> TokenKeeper:
    """The service token, fetched as the first user that the CRM takes; `store` shares it."""
    return TokenKeeper(partial(fetch_token, transport, users, now), now, store=store)


async def fetch_token(
    transport: Transport, users: Versions[ServiceUser], now: Callable[[], dt.datetime]
) -> FetchedToken:
    """Errors: those of `authenticate`, and NoSecret."""

    async def attempt(user: Version[ServiceUser]) -> FetchedToken:
        return replace(await authenticate(transport, user.value, now), version=user.id)

    # How a wrong password is refused here is not documented, so that any refusal may be that.
    where = (transport.upstream, "authenticate")
    return await with_version(where, users, attempt, is_refusal=lambda _: True)


def _bare(content: bytes) -> object:
    """A bare JSON string; the same without its quotes is taken too."""
    try:
        return parsing.decoded(content)
    except ValueError:
        return content.decode("utf-8", "replace").strip()
