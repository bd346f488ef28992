"""Looking users up. Changes nothing."""

from clients.cognito.answers import user_of
from clients.cognito.calls import Calls
from clients.cognito.models import AppClient, PoolUser
from clients.errors import Refused

USER_NOT_FOUND = "UserNotFoundException"


class CognitoReads:
    def __init__(self, calls: Calls, app: AppClient) -> None:
        self._calls = calls
        self._app = app

    async def user(self, username: str) -> PoolUser | None:
        """None when the pool has no such user. Errors: UpstreamError."""
        try:
            answer = await self._calls.read(
                self._calls.client.admin_get_user,
                UserPoolId=self._app.pool_id,
                Username=username,
            )
        except Refused as refusal:
            if refusal.code == USER_NOT_FOUND:
                return None
            raise
        return user_of(answer, "UserAttributes", operation="admin_get_user")
