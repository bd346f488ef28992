"""Reads the pool's answers. Errors: Malformed, when what we need is missing."""

from typing import Any

from clients.cognito.models import UPSTREAM, PoolTokens, PoolUser
from clients.errors import Malformed
from clients.parsing import Record, record, records, text, whole, words

# Cognito's own default; used when an answer says nothing that can be true.
_DEFAULT_LIFETIME_SECONDS = 3600
_LIFETIMES_SECONDS = range(1, 24 * 3600 + 1)


def user_of(answer: Any, attributes_name: str, *, operation: str) -> PoolUser:
    """`attributes_name`: AdminGetUser and AdminCreateUser name the same list differently."""
    user = record(answer)
    attributes = {
        text(pair, "Name"): text(pair, "Value") for pair in records(user.get(attributes_name))
    }
    username, sub = text(user, "Username"), attributes.get("sub")
    if username is None or sub is None:
        raise Malformed(UPSTREAM, operation, "a user without name or sub")
    return PoolUser(username=username, sub=sub, email=attributes.get("email"))


def tokens_of(answer: Record, *, operation: str) -> PoolTokens:
    result = record(answer.get("AuthenticationResult"))
    access_token = words(result, "AccessToken")
    if access_token is None:
        raise Malformed(UPSTREAM, operation, "no access token")
    lifetime = whole(result, "ExpiresIn") or 0
    sane = lifetime in _LIFETIMES_SECONDS
    return PoolTokens(
        access_token=access_token,
        id_token=text(result, "IdToken"),
        refresh_token=text(result, "RefreshToken"),
        expires_in_seconds=lifetime if sane else _DEFAULT_LIFETIME_SECONDS,
    )
