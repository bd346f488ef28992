"""Who is calling (docs.stripe.com/api/authentication): a key as Bearer, or as Basic's user."""

import base64
import binascii
from collections.abc import Collection
from enum import StrEnum

from sandbox.stripe.credentials import PUBLISHABLE_KEY, SECRET_KEY
from sandbox.stripe.errors import unauthorised

_SHOWN_OF_A_WRONG_KEY = 4


class Caller(StrEnum):
    MERCHANT = "merchant"
    GUEST = "guest"


def caller(authorization: str | None, secret_keys: Collection[str] = (SECRET_KEY,)) -> Caller:
    """The owner of one of the secret keys, or a guest's phone with the publishable key."""
    key = _key(authorization or "")
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
            "YOUR_SECRET_KEY')."
        )
        raise unauthorised(message)
    if key in secret_keys:
        return Caller.MERCHANT
    if key == PUBLISHABLE_KEY:
        return Caller.GUEST
    raise unauthorised(f"Invalid API Key provided: ****{key[-_SHOWN_OF_A_WRONG_KEY:]}")


def _key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        user = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return user.partition(":")[0]
