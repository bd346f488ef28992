"""Who is asking, as a verified access token says."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """`sub` is the user for good; `username` is what the pool calls them."""

    sub: str
    username: str
    client_id: str
    token_expires_at: dt.datetime
