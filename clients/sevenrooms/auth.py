"""The token that every other call carries."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from clients.errors import Malformed
from clients.parsing import decoded, moment, record, text
from clients.secret_versions import Version, Versions, with_version
from clients.sevenrooms.paths import AUTH, UPSTREAM
from clients.tokens import FetchedToken, TokenKeeper, TokenStore
from clients.transport import Call, Transport

# What may stand in a header; real tokens are 128 hexadecimal characters.
_TOKEN = re.compile(r"[!-~]{1,1024}")


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Whom SevenRooms has given access; one client id may come with another secret later."""

    client_id: str
    client_secret: str = field(repr=False)


async def fetch_token(transport: Transport, client_id: str, client_secret: str) -> FetchedToken:
    """A new token, 24 hours good; form-encoded, CONFIRMED-V.

    Its expiry comes without a zone and is taken as UTC (PROPOSED); a body without it is an older
    form of the answer (CONFIRMED-L). Errors: as `Transport.send`, and Malformed.
    """
    answer = await transport.send(
        Call(
            operation=AUTH.name,
            method=AUTH.method,
            path=AUTH.path,
            form={"client_id": client_id, "client_secret": client_secret},
        )
    )
    try:
        data = record(record(decoded(answer.content)).get("data"))
    except ValueError as unreadable:
        raise Malformed(UPSTREAM, AUTH.name, "no JSON") from unreadable
    token = text(data, "token")
    if token is None or not _TOKEN.fullmatch(token):
        raise Malformed(UPSTREAM, AUTH.name, "no token")
    return FetchedToken(token, moment(data, "token_expiration_datetime", dt.UTC))


async def fetch_token_as_any(transport: Transport, clients: Versions[ApiClient]) -> FetchedToken:
    """A token fetched as the first client that SevenRooms takes. Errors: also NoSecret."""

    async def attempt(client: Version[ApiClient]) -> FetchedToken:
        known = client.value
        token = await fetch_token(transport, known.client_id, known.client_secret)
        return replace(token, version=client.id)

    # How wrong credentials are refused is not documented, so that any refusal may be that.
    where = (UPSTREAM, AUTH.name)
    return await with_version(where, clients, attempt, is_refusal=lambda _: True)


def kept_token(
    transport: Transport,
    clients: Versions[ApiClient],
    now: Callable[[], dt.datetime],
    *,
    store: TokenStore | None = None,
) -> TokenKeeper:
    """The token of all calls; `store` shares it with other running copies."""
    return TokenKeeper(partial(fetch_token_as_any, transport, clients), now, store=store)
