"""One authenticated call to Memberson; the service token is renewed once where it is refused."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import httpx

from clients import parsing
from clients.errors import Malformed
from clients.memberson import codes
from clients.memberson.auth import ServiceUser, authenticate
from clients.tokens import TokenKeeper, Tokens, TokenStore, with_token
from clients.transport import Call, Transport


class Link:
    """Sends calls with `SvcAuth` and `Token`, and `ProfileToken` where a member's is given."""

    def __init__(self, transport: Transport, tokens: Tokens, user: ServiceUser) -> None:
        self.upstream = transport.upstream
        self._transport = transport
        self._tokens = tokens
        self._svc_auth = user.svc_auth

    async def send(self, call: Call, profile_token: str | None = None) -> httpx.Response:
        """Any 2xx answer. Errors: NotSent, Refused, Unauthorised, OutcomeUnknown."""
        member = {"ProfileToken": profile_token} if profile_token else {}

        async def attempt(token: str) -> httpx.Response:
            headers = {"SvcAuth": self._svc_auth, "Token": token, **member}
            return await self._transport.send(
                replace(call, headers=headers), partial(codes.sort, self.upstream)
            )

        return await with_token(self._tokens, attempt)

    async def ask(self, call: Call, profile_token: str | None = None) -> Any:
        """The JSON of a 2xx answer. Errors: also Malformed."""
        response = await self.send(call, profile_token)
        try:
            return parsing.decoded(response.content)
        except ValueError as unreadable:
            raise Malformed(self.upstream, call.operation, "no JSON") from unreadable


def open_link(
    transport: Transport,
    user: ServiceUser,
    now: Callable[[], dt.datetime],
    *,
    store: TokenStore | None = None,
) -> Link:
    """A link that keeps its own service token; `store` shares it with other running copies."""
    keeper = TokenKeeper(partial(authenticate, transport, user, now), now, store=store)
    return Link(transport, keeper, user)
