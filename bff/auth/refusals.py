"""Why an access token is not taken: one class per check that can fail.

TokenRefused
├── TooLarge  NotAToken                                     it cannot be read
├── WrongAlgorithm  BadKeyId  UnsafeHeader                  its header asks for what we do not do
├── MissingClaim  BadTime                                   its claims cannot be read
├── WrongIssuer  WrongUse  WrongClient                      it was made for somebody else
├── Expired  NotYetValid  FromTheFuture  LivesTooLong       its time is not now
└── UnknownKey  BadSignature                                nobody we trust has signed it

No message ever holds a part of the token.
"""

from typing import ClassVar


class TokenRefused(Exception):
    """The token is not taken. `reason` is short, holds nothing of the token, may be logged."""

    reason: ClassVar[str] = "refused"

    def __init__(self) -> None:
        super().__init__(self.reason)


class TooLarge(TokenRefused):
    reason = "too large"


class NotAToken(TokenRefused):
    reason = "not a token"


class WrongAlgorithm(TokenRefused):
    reason = "wrong algorithm"


class BadKeyId(TokenRefused):
    reason = "no usable key id"


class UnsafeHeader(TokenRefused):
    reason = "unsafe header"


class MissingClaim(TokenRefused):
    reason = "a claim is missing or of the wrong type"


class BadTime(TokenRefused):
    reason = "a time is missing or no number"


class WrongIssuer(TokenRefused):
    reason = "wrong issuer"


class WrongUse(TokenRefused):
    reason = "no access token"


class WrongClient(TokenRefused):
    reason = "wrong client"


class Expired(TokenRefused):
    reason = "expired"


class NotYetValid(TokenRefused):
    reason = "not yet valid"


class FromTheFuture(TokenRefused):
    reason = "issued in the future"


class LivesTooLong(TokenRefused):
    reason = "lives too long"


class UnknownKey(TokenRefused):
    reason = "unknown key"


class BadSignature(TokenRefused):
    reason = "bad signature"
