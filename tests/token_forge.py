"""Makes access tokens, good and bad, and the keys that sign them."""

import base64
import datetime as dt
import functools
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bff.auth.tokens import TokenPolicy

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
ISSUER = "https://cognito-idp.ap-southeast-1.amazonaws.com/ap-southeast-1_pool"
CLIENT_ID = "app-client"
KID = "access-key"

POLICY = TokenPolicy(
    issuer=ISSUER,
    client_ids=frozenset((CLIENT_ID,)),
    token_use="access",
    leeway_seconds=5,
    max_lifetime_seconds=24 * 3600,
    max_bytes=8192,
)


class FixedClock:
    """Shows the time it is told to."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.time = now

    def now(self) -> dt.datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.time += dt.timedelta(seconds=seconds)


@functools.cache
def private_key(kid: str) -> rsa.RSAPrivateKey:
    """A key for each id, made once a test run."""
    del kid
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(kid: str = KID, **changes: Any) -> dict[str, Any]:
    """The key's entry in the key set; a change to None takes the member out."""
    numbers = private_key(kid).public_key().public_numbers()
    members = {
        "kid": kid,
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "n": b64(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
        "e": b64(numbers.e.to_bytes(3, "big")),
    } | changes
    return {name: value for name, value in members.items() if value is not None}


def claims(**changes: Any) -> dict[str, Any]:
    """A member's claims as Cognito sends them; a change to None takes the claim out."""
    issued = int(NOW.timestamp()) - 60
    all_claims = {
        "sub": "11111111-2222-4333-8444-555555555555",
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": issued,
        "iat": issued,
        "exp": issued + 3600,
        "jti": "composed",
        "username": "member-00012345",
    } | changes
    return {name: value for name, value in all_claims.items() if value is not None}


def token(
    body: dict[str, Any] | str | bytes | None = None,
    *,
    header: dict[str, Any] | str | None = None,
    signer: str = KID,
) -> str:
    """A signed token; `body` and `header` may be raw JSON text that no library would write."""
    head = {"kid": KID, "alg": "RS256"} if header is None else header
    content = claims() if body is None else body
    signed = f"{b64(_json(head))}.{b64(_json(content))}"
    signature = private_key(signer).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{b64(signature)}"


def raw_claims(**replaced: str) -> str:
    """The claims as JSON text, some values replaced by raw text such as 1e400."""
    rest = claims(**dict.fromkeys(replaced))
    members = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in rest.items()]
    members += [f"{json.dumps(name)}:{value}" for name, value in replaced.items()]
    return "{" + ",".join(members) + "}"


def _json(value: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()
