"""Making users and having tokens issued."""

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import TypeVar

from clients.cognito.answers import tokens_of, user_of
from clients.cognito.calls import Calls
from clients.cognito.models import UPSTREAM, AppClient, PoolTokens, PoolUser
from clients.errors import Refused
from clients.parsing import text
from clients.secret_versions import Fixed, Version, Versions, with_version

T = TypeVar("T")

# Also what a wrong password and a refresh token that is over are called.
NOT_AUTHORISED = "NotAuthorizedException"
NO_SECRET: Fixed[str | None] = Fixed(None)


class CognitoWrites:
    """Errors: UpstreamError; `Refused.code` is Cognito's name of the error or challenge.

    `secrets` are the versions of the app client's secret, None for a client without.
    """

    def __init__(
        self, calls: Calls, app: AppClient, secrets: Versions[str | None] = NO_SECRET
    ) -> None:
        self._calls = calls
        self._app = app
        self._secrets = secrets

    async def create_user(self, username: str, *, email: str) -> PoolUser:
        """A user whose password nobody knows yet; no message goes out to the member."""
        answer = await self._calls.run(
            self._calls.client.admin_create_user,
            UserPoolId=self._app.pool_id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        return user_of(answer.get("User"), "Attributes", operation="admin_create_user")

    async def set_password(self, username: str, password: str) -> None:
        """For good: the user need not choose another. Doing it twice changes nothing."""
        await self._calls.run(
            self._calls.client.admin_set_user_password,
            UserPoolId=self._app.pool_id,
            Username=username,
            Password=password,
            Permanent=True,
        )

    async def set_email(self, username: str, email: str) -> None:
        await self._calls.run(
            self._calls.client.admin_update_user_attributes,
            UserPoolId=self._app.pool_id,
            Username=username,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
        )

    async def sign_in(self, username: str, password: str) -> PoolTokens:
        """Errors: also `Refused` named like the challenge, when the pool wants more of the user."""
        parameters = {"USERNAME": username, "PASSWORD": password}

        async def attempt(secret: str | None) -> PoolTokens:
            hashed = {"SECRET_HASH": secret_hash(username, self._app, secret)} if secret else {}
            answer = await self._calls.run(
                self._calls.client.admin_initiate_auth,
                UserPoolId=self._app.pool_id,
                ClientId=self._app.client_id,
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters=parameters | hashed,
            )
            challenge = text(answer, "ChallengeName")
            if challenge is not None:
                raise Refused(
                    UPSTREAM, "admin_initiate_auth", "challenge", status=200, code=challenge
                )
            return tokens_of(answer, operation="admin_initiate_auth")

        return await self._with_secret("admin_initiate_auth", attempt)

    async def refresh(self, refresh_token: str) -> PoolTokens:
        """New tokens for the user whom the refresh token stands for.

        Not by REFRESH_TOKEN_AUTH: that wants a SECRET_HASH over the user's name, which a refresh
        token hides, and it is closed to clients whose refresh tokens rotate.
        """
        operation = self._calls.client.get_tokens_from_refresh_token

        async def attempt(secret: str | None) -> PoolTokens:
            if secret is None:
                answer = await self._calls.run(
                    operation, RefreshToken=refresh_token, ClientId=self._app.client_id
                )
            else:
                answer = await self._calls.run(
                    operation,
                    RefreshToken=refresh_token,
                    ClientId=self._app.client_id,
                    ClientSecret=secret,
                )
            return tokens_of(answer, operation="get_tokens_from_refresh_token")

        return await self._with_secret("get_tokens_from_refresh_token", attempt)

    async def _with_secret(
        self, operation: str, attempt: Callable[[str | None], Awaitable[T]]
    ) -> T:
        """Cognito does not tell a wrong secret from a wrong password: both versions are tried.

        Guests cause such refusals every day, so that no newer version is looked for at each.
        """

        async def versioned(secret: Version[str | None]) -> T:
            return await attempt(secret.value)

        return await with_version(
            (UPSTREAM, operation),
            self._secrets,
            versioned,
            is_refusal=lambda refusal: refusal.code == NOT_AUTHORISED,
            looks_again=False,
        )


def secret_hash(username: str, app: AppClient, secret: str) -> str:
    """Base64 of HMAC-SHA256 over user name and client id, under the client's secret."""
    digest = hmac.digest(secret.encode(), f"{username}{app.client_id}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()
