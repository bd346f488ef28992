"""`Stripe-Signature` (docs.stripe.com/webhooks/signature): HMAC-SHA256 over "t.payload"."""

import hashlib
import hmac
from enum import StrEnum

# More than the 300 seconds that Stripe's libraries tolerate.
STALE_SECONDS = 3600


class Signing(StrEnum):
    """How a delivery is signed; all but VALID are to be turned away by the receiver."""

    VALID = "valid"
    WRONG = "wrong"
    STALE = "stale"
    MISSING = "missing"


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    signed = f"{timestamp}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def headers(payload: bytes, secret: str, timestamp: int, signing: Signing) -> dict[str, str]:
    """What comes with the payload; none where the signature is to be missing."""
    match signing:
        case Signing.MISSING:
            return {}
        case Signing.WRONG:
            return {"stripe-signature": signature(payload, f"not-{secret}", timestamp)}
        case Signing.STALE:
            stale = timestamp - STALE_SECONDS
            return {"stripe-signature": signature(payload, secret, stale)}
        case Signing.VALID:
            return {"stripe-signature": signature(payload, secret, timestamp)}
