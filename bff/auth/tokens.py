"""Verify one Cognito access token; pure.

Two steps, since the key may have to be fetched between them: `examine` reads the token and makes
every check that needs no key, `Examined.proven_by` checks the signature. Only the second gives out
who is asking, so that nobody can forget it.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from bff.auth import refusals
from bff.auth.principal import Principal
from bff.auth.signatures import ALGORITHM, PublicKey, decoded, is_key_id

# Cognito puts no key material and no extensions into its headers. Who does wants us to take his
# key (jwk, jku, x5...), or to read the token by rules we do not follow (crit, b64, zip, enc).
_UNSAFE_HEADERS = frozenset(
    ("jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256", "crit", "b64", "zip", "enc")
)

# Cognito's own limit for user names; a `sub` is a UUID.
_MAX_NAME_LENGTH = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPolicy:
    """What a token must be. No field has a default: to skip a check, a caller must write None."""

    issuer: str | None
    client_ids: frozenset[str] | None
    token_use: Literal["access"] | None
    leeway_seconds: float
    max_lifetime_seconds: float | None
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Examined:
    """A token that is in order as far as can be told without its key. It proves nothing yet."""

    kid: str
    _token: str = field(repr=False)
    _principal: Principal = field(repr=False)

    def proven_by(self, key: PublicKey) -> Principal:
        """Who is asking. Errors: `BadSignature`, `UnknownKey` for a key of another id."""
        if key.kid != self.kid:
            raise refusals.UnknownKey
        if not key.has_signed(self._token):
            raise refusals.BadSignature
        return self._principal


def examine(token: str, policy: TokenPolicy, now: dt.datetime) -> Examined:
    """Every check but the signature. Errors: `TokenRefused`, and nothing else."""
    try:
        return _examined(token, policy, now.timestamp())
    except refusals.TokenRefused:
        raise
    except Exception:  # noqa: BLE001 - nested too deep, numbers too long, ...: all are refused
        raise refusals.NotAToken from None


def check_not_over(expires_at: dt.datetime, policy: TokenPolicy, now: dt.datetime) -> None:
    """For a token that was found good before. Errors: `Expired`."""
    _check_not_over(expires_at.timestamp(), policy, now.timestamp())


def _check_not_over(expires: float, policy: TokenPolicy, now: float) -> None:
    if now >= expires + policy.leeway_seconds:
        raise refusals.Expired


def _examined(token: str, policy: TokenPolicy, now: float) -> Examined:
    if len(token) > policy.max_bytes:
        raise refusals.TooLarge
    if token.count(".") != 2:  # noqa: PLR2004 - header.claims.signature
        raise refusals.NotAToken
    header, claims, signature = token.split(".")
    decoded(signature)
    kid = _checked_header(_json_object(header))
    return Examined(kid, token, _checked_claims(_json_object(claims), policy, now))


def _checked_header(header: Mapping[str, Any]) -> str:
    if header.get("alg") != ALGORITHM:
        raise refusals.WrongAlgorithm
    if _UNSAFE_HEADERS & header.keys():
        raise refusals.UnsafeHeader
    kid = header.get("kid")
    if not is_key_id(kid):
        raise refusals.BadKeyId
    return kid


def _checked_claims(claims: Mapping[str, Any], policy: TokenPolicy, now: float) -> Principal:
    if policy.issuer is not None and claims.get("iss") != policy.issuer:
        raise refusals.WrongIssuer
    if policy.token_use is not None and claims.get("token_use") != policy.token_use:
        raise refusals.WrongUse
    client_id = _text(claims, "client_id")
    if policy.client_ids is not None and client_id not in policy.client_ids:
        raise refusals.WrongClient
    return Principal(
        sub=_text(claims, "sub"),
        username=_text(claims, "username"),
        client_id=client_id,
        token_expires_at=_checked_times(claims, policy, now),
    )


def _checked_times(claims: Mapping[str, Any], policy: TokenPolicy, now: float) -> dt.datetime:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    starts = _time(claims, "nbf") if "nbf" in claims else issued
    _check_not_over(expires, policy, now)
    if issued > now + policy.leeway_seconds:
        raise refusals.FromTheFuture
    if starts > now + policy.leeway_seconds:
        raise refusals.NotYetValid
    lifetime = expires - issued
    if lifetime <= 0:
        raise refusals.BadTime
    if policy.max_lifetime_seconds is not None and lifetime > policy.max_lifetime_seconds:
        raise refusals.LivesTooLong
    return dt.datetime.fromtimestamp(expires, dt.UTC)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if isinstance(value, str) and 0 < len(value) <= _MAX_NAME_LENGTH and value.isprintable():
        return value
    raise refusals.MissingClaim


def _time(claims: Mapping[str, Any], name: str) -> float:
    """Seconds since 1970. JSON has room for text, true and 1e400 here: none of them is a time."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refusals.BadTime
    return float(value)


def _json_object(segment: str) -> Mapping[str, Any]:
    value = json.loads(
        decoded(segment).decode("utf-8"),
        object_pairs_hook=_without_duplicates,
        parse_constant=_no_constant,
    )
    if not isinstance(value, dict):
        raise refusals.NotAToken
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two claims with one name, each reader takes another: so neither is taken."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise refusals.NotAToken
    return found


def _no_constant(_: str) -> NoReturn:
    raise refusals.NotAToken  # NaN and Infinity are not JSON
