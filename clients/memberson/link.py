"""One authenticated call to Memberson; the service token is renewed once where it is refused."""

from dataclasses import replace
from functools import partial
from typing import Any

import httpx

from clients import parsing
from clients.errors import Malformed
from clients.memberson import codes
from clients.memberson.auth import ServiceUser
from clients.secret_versions import NoSecret, Versions, version_called
from clients.tokens import Tokens, with_token
from clients.transport import Call, Transport


class Link:
    """Sends calls with `SvcAuth` and `Token`, and `ProfileToken` where a member's is given.

    `SvcAuth` is that of the user whom the token was issued to: while the service user's password
    is being replaced, a token renewed by another copy tells which one the CRM takes.
    """

    def __init__(self, transport: Transport, tokens: Tokens, users: Versions[ServiceUser]) -> None:
        self.upstream = transport.upstream
        self._transport = transport
        self._tokens = tokens
        self._users = users

    async def send(self, call: Call, profile_token: str | None = None) -> httpx.Response:
        """Any 2xx answer. Errors: NotSent, Refused, Unauthorised, OutcomeUnknown."""
        member = {"ProfileToken": profile_token} if profile_token else {}

        async def attempt(token: str) -> httpx.Response:
            user = await version_called(self._users, self._tokens.version_of(token))
            if user is None:
                raise NoSecret(self.upstream, call.operation)
            headers = {"SvcAuth": user.value.svc_auth, "Token": token, **member}
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
