"""An upstream's token as the ledger keeps it: sealed, bound to the upstream it is for."""

import datetime as dt
import json

from bff.ledger.codec import Seal
from clients.tokens import FetchedToken

# The longest that fetching takes: a try with each version of the secret, and another look for it.
TURN = dt.timedelta(seconds=20)


def token_to_bytes(token: FetchedToken, upstream: str, seal: Seal) -> bytes:
    row = {
        "value": token.value,
        "version": token.version,
        "expires_at": _text(token.expires_at),
        "fetched_at": _text(token.fetched_at),
    }
    return seal.seal(json.dumps(row).encode(), f"token:{upstream}")


def token_from_bytes(sealed: bytes, upstream: str, seal: Seal) -> FetchedToken:
    """Errors: the seal's, where it was sealed under a key we do not have."""
    row = json.loads(seal.open(sealed, f"token:{upstream}"))
    return FetchedToken(
        row["value"],
        _instant(row.get("expires_at")),
        version=row.get("version"),
        fetched_at=_instant(row.get("fetched_at")),
    )


def fetched_seconds(token: FetchedToken) -> float:
    return token.fetched_at.timestamp() if token.fetched_at else 0.0


def _text(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
