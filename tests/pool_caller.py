"""Calls the user pool's stand-in with boto3, once per call."""

from typing import TYPE_CHECKING, Any

import boto3
import httpx
from botocore.config import Config
from jose import jwt

from tests.sandbox_process import Sandbox

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import AttributeTypeTypeDef

USERNAME = "member-00010001"
PASSWORD = "Derived-from-a-key-1"
# The stand-in's own; real clients get theirs from the pool's owner.
CLIENT_SECRET = "sandbox-app-client-secret-0000000000000000000000000"
ATTRIBUTES: "list[AttributeTypeTypeDef]" = [
    {"Name": "email", "Value": "mei.tan@example.test"},
    {"Name": "email_verified", "Value": "true"},
]


class Pool:
    """boto3 against the stand-in, with the pool's and the client's id filled in."""

    def __init__(self, sandbox: Sandbox, config: Config | None = None) -> None:
        self.environment = environment = sandbox.environment
        self.id = environment["COGNITO_POOL_ID"]
        self.client_id = environment["COGNITO_CLIENT_ID"]
        self.aws: CognitoIdentityProviderClient = boto3.client(
            "cognito-idp",
            region_name=environment["AWS_DEFAULT_REGION"],
            endpoint_url=environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=config or Config(retries={"total_max_attempts": 1}),
        )

    def create(self, **changes: Any) -> Any:
        wanted = {"Username": USERNAME, "UserAttributes": ATTRIBUTES, "MessageAction": "SUPPRESS"}
        return self.aws.admin_create_user(UserPoolId=self.id, **{**wanted, **changes})["User"]

    def set_password(self, password: str = PASSWORD, *, permanent: bool = True) -> None:
        self.aws.admin_set_user_password(
            UserPoolId=self.id, Username=USERNAME, Password=password, Permanent=permanent
        )

    def sign_in(self, password: str = PASSWORD, username: str = USERNAME, **more: str) -> Any:
        return self.aws.admin_initiate_auth(
            UserPoolId=self.id,
            ClientId=self.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password, **more},
        )

    def refresh(self, token: str, **more: str) -> Any:
        answer = self.aws.admin_initiate_auth(
            UserPoolId=self.id,
            ClientId=self.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": token, **more},
        )
        return answer["AuthenticationResult"]

    def keys(self) -> dict[str, Any]:
        answer = httpx.get(self.environment["COGNITO_JWKS_URL"], trust_env=False)
        return {key["kid"]: key for key in answer.json()["keys"]}

    def verified(self, token: str, audience: str | None = None) -> dict[str, Any]:
        key = self.keys()[jwt.get_unverified_header(token)["kid"]]
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=self.environment["COGNITO_ISSUER"],
            audience=audience,
        )
