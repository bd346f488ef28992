"""The pool: its client, users, sessions and how it behaves."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.cognito.errors import CognitoError, not_authorised
from sandbox.cognito.keys import KeyRing
from sandbox.cognito.users import User, Users

REGION = "ap-southeast-1"
POOL_ID = f"{REGION}_SandboxPl"
CLIENT_ID = "sandboxappclient00000000ab"
CLIENT_SECRET = "sandbox-app-client-secret-0000000000000000000000000"
ACCESS_KEY_ID = "SANDBOXACCESSKEY0001"
SECRET_ACCESS_KEY = "sandbox-secret-access-key"
# How the pool names its users: this, and the CRM's customer number.
USERNAME_PREFIX = "member-"
SCOPE = "aws.cognito.signin.user.admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Settings of a pool and its client, with the values of a fresh one."""

    access_token_seconds: float = 3600
    id_token_seconds: float = 3600
    refresh_token_seconds: float = 30 * 24 * 3600
    client_has_secret: bool = False
    refresh_rotation: bool = False


@dataclass(slots=True)
class Session:
    """What a refresh token stands for."""

    username: str
    started: datetime
    ends_at: datetime
    origin: str
    revoked: bool = False
    rotated: bool = False


class CognitoState:
    """`base_url` is the stand-in's own address; issuers begin with it."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.base_url = ""
        # Kept over a reset: whoever caches the key set goes on.
        self.keys = KeyRing()
        self.reset()

    def reset(self) -> None:
        """No user, no session, default switches; the signing keys stay."""
        self.switches = Switches()
        self.users = Users()
        self._sessions: dict[str, Session] = {}

    def books(self) -> dict[str, Any]:
        return {
            "users": [
                {
                    "username": user.username,
                    "sub": user.sub,
                    "status": user.status,
                    "enabled": user.enabled,
                    "attributes": user.attributes,
                }
                for user in self.users.all()
            ],
            "sessions": [
                {
                    "username": session.username,
                    "ends_at": session.ends_at.isoformat(),
                    "live": not (session.revoked or session.rotated),
                }
                for session in self._sessions.values()
            ],
        }

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/{POOL_ID}"

    def now(self) -> datetime:
        return self.clock.now()

    def sign_in(self, user: User, *, lifetime: float | None = None) -> dict[str, Any]:
        """An `AuthenticationResult` of a new session; `lifetime` in place of the switches'."""
        now = self.now()
        ends_at = now + timedelta(seconds=self.switches.refresh_token_seconds)
        session = Session(user.username, now, ends_at, str(uuid.uuid4()))
        return {
            **self._tokens(user, session, lifetime=lifetime),
            "RefreshToken": self._keep(session),
        }

    def refresh(self, token: str) -> dict[str, Any]:
        """New access and id tokens. Errors: NotAuthorizedException."""
        session = self._sessions.get(token)
        if session is None:
            raise not_authorised("Invalid Refresh Token")
        if session.rotated:
            raise CognitoError("RefreshTokenReuseException", "Refresh token has been rotated")
        if session.revoked:
            raise not_authorised("Refresh Token has been revoked")
        if session.ends_at <= self.now():
            raise not_authorised("Refresh Token has expired")
        user = self.users.known(session.username)
        if user is None or not user.enabled:
            raise not_authorised("User is disabled.")
        result = self._tokens(user, session)
        if self.switches.refresh_rotation:
            session.rotated = True
            renewed = Session(session.username, session.started, session.ends_at, session.origin)
            result["RefreshToken"] = self._keep(renewed)
        return result

    def session(self, token: str) -> Session | None:
        return self._sessions.get(token)

    def revoke(self, token: str) -> None:
        """Unknown tokens are nothing to complain of, as with Cognito."""
        session = self._sessions.get(token)
        if session is not None:
            session.revoked = True

    def sign_out(self, user: User) -> None:
        for session in self._sessions.values():
            if session.username == user.username:
                session.revoked = True

    def revoke_tokens(self) -> None:
        """Every refresh token ends; signed access tokens cannot be called back."""
        for session in self._sessions.values():
            session.revoked = True

    def _tokens(
        self, user: User, session: Session, *, lifetime: float | None = None
    ) -> dict[str, Any]:
        """Access and id token with the claims that Cognito puts there."""
        access_seconds = self.switches.access_token_seconds if lifetime is None else lifetime
        id_seconds = self.switches.id_token_seconds if lifetime is None else lifetime
        shared = {
            "sub": user.sub,
            "iss": self.issuer,
            "origin_jti": session.origin,
            "event_id": str(uuid.uuid4()),
            "auth_time": int(session.started.timestamp()),
        }
        access = {
            **shared,
            "client_id": CLIENT_ID,
            "token_use": "access",
            "scope": SCOPE,
            "username": user.username,
            **self._lifetime(access_seconds),
        }
        identity = {
            **shared,
            **_claims(user),
            "aud": CLIENT_ID,
            "token_use": "id",
            "cognito:username": user.username,
            **self._lifetime(id_seconds),
        }
        return {
            "AccessToken": self.keys.access_key.sign(access),
            "ExpiresIn": int(access_seconds),
            "IdToken": self.keys.id_key.sign(identity),
            "TokenType": "Bearer",
        }

    def _lifetime(self, seconds: float) -> dict[str, Any]:
        now = int(self.now().timestamp())
        return {"iat": now, "exp": now + int(seconds), "jti": str(uuid.uuid4())}

    def _keep(self, session: Session) -> str:
        # A real one is an encrypted JWT that nobody outside can read: five parts, all opaque.
        token = ".".join(secrets.token_urlsafe(size) for size in (24, 96, 12, 256, 16))
        self._sessions[token] = session
        return token


def _claims(user: User) -> dict[str, Any]:
    return {
        name: value == "true" if name.endswith("_verified") else value
        for name, value in user.attributes.items()
    }
