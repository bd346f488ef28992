"""The token that every other call carries."""

import datetime as dt
import re

from clients.errors import Malformed
from clients.parsing import decoded, moment, record, text
from clients.sevenrooms.paths import AUTH, UPSTREAM
from clients.tokens import FetchedToken
from clients.transport import Call, Transport

# What may stand in a header; real tokens are 128 hexadecimal characters.
_TOKEN = re.compile(r"[!-~]{1,1024}")


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
