"""The Cognito user pool as the directory of members who have signed in.

The CRM alone decides who a member is and whether a password is right. The pool only issues tokens:
each user's password there is derived from a key of ours, and no guest's own is ever sent to it.
"""

import base64
import contextlib
import hashlib
import hmac

from bff.members.ports import IssuedTokens, RefreshRefused
from clients.cognito.models import PoolTokens, PoolUser
from clients.cognito.read import CognitoReads
from clients.cognito.write import CognitoWrites
from clients.errors import Refused, UpstreamError

# Marks the users that we have made. A customer number never changes and tells nobody anything;
# an email would do both, and every access token carries the user name.
_PREFIX = "member-"

_USERNAME_TAKEN = "UsernameExistsException"

# What the pool says of a user who was made but, after a crash, never got our password, or got it
# under a key since replaced, or whose password an operator has reset.
_WITHOUT_OUR_PASSWORD = frozenset(
    (
        "NotAuthorizedException",
        "NEW_PASSWORD_REQUIRED",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
    )
)
_REFRESH_OVER = frozenset(
    (
        "NotAuthorizedException",
        "RefreshTokenReuseException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "PasswordResetRequiredException",
    )
)


class CognitoDirectory:
    def __init__(self, reads: CognitoReads, writes: CognitoWrites, *, password_key: bytes) -> None:
        self._reads = reads
        self._writes = writes
        self._password_key = password_key

    async def find_or_create(self, email: str, customer_number: str) -> str:
        username = f"{_PREFIX}{customer_number}"
        user = await self._reads.user(username)
        if user is None:
            return (await self._created(username, email)).sub
        if user.email != email:
            # For the support desk only: signing in does not depend on it.
            with contextlib.suppress(UpstreamError):
                await self._writes.set_email(username, email)
        return user.sub

    async def issue(self, customer_number: str) -> IssuedTokens:
        username = f"{_PREFIX}{customer_number}"
        password = self._password(username)
        try:
            return _issued(await self._writes.sign_in(username, password))
        except Refused as refusal:
            if refusal.code not in _WITHOUT_OUR_PASSWORD:
                raise
        await self._writes.set_password(username, password)
        return _issued(await self._writes.sign_in(username, password))

    async def refresh(self, refresh_token: str) -> IssuedTokens:
        try:
            return _issued(await self._writes.refresh(refresh_token))
        except Refused as refusal:
            if refusal.code in _REFRESH_OVER:
                raise RefreshRefused from None
            raise

    def customer_number(self, username: str) -> str | None:
        number = username.removeprefix(_PREFIX)
        return number if number and number != username else None

    async def _created(self, username: str, email: str) -> PoolUser:
        try:
            user = await self._writes.create_user(username, email=email)
        except Refused as refusal:
            # Two first logins at once: the other one has made the user.
            made = await self._reads.user(username) if refusal.code == _USERNAME_TAKEN else None
            if made is None:
                raise
            return made
        await self._writes.set_password(username, self._password(username))
        return user

    def _password(self, username: str) -> str:
        """47 characters with one of each kind that the strictest pool policy asks for."""
        digest = hmac.digest(
            self._password_key, b"pool password\0" + username.encode(), hashlib.sha256
        )
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() + "!aA1"


def _issued(tokens: PoolTokens) -> IssuedTokens:
    return IssuedTokens(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in_seconds=tokens.expires_in_seconds,
    )
