"""The user pool's stand-in as boto3 meets it."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from jose import ExpiredSignatureError, jwt

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
            endpoint_url=environment["AWS_ENDPOINT_URL_COGNITO_IDP"],
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


@pytest.fixture
def pool(sandbox: Sandbox) -> Iterator[Pool]:
    made = Pool(sandbox)
    yield made
    made.aws.close()


@pytest.fixture
def tokens(pool: Pool) -> dict[str, Any]:
    """What a member of the pool gets by signing in."""
    pool.create()
    pool.set_password()
    result: dict[str, Any] = pool.sign_in()["AuthenticationResult"]
    return result


def error(caught: pytest.ExceptionInfo[ClientError]) -> str:
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"]


def test_an_unknown_user_is_told_by_the_error_that_boto3_knows(pool: Pool) -> None:
    with pytest.raises(pool.aws.exceptions.UserNotFoundException):
        pool.aws.admin_get_user(UserPoolId=pool.id, Username=USERNAME)


def test_a_created_user_can_be_read_by_name_in_any_case_and_by_sub(pool: Pool) -> None:
    created = pool.create()
    assert created["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    [sub] = [pair["Value"] for pair in created["Attributes"] if pair["Name"] == "sub"]
    for name in (USERNAME, USERNAME.upper(), sub):
        read = pool.aws.admin_get_user(UserPoolId=pool.id, Username=name)
        assert read["Username"] == USERNAME
        assert read["UserAttributes"] == [{"Name": "sub", "Value": sub}, *ATTRIBUTES]
        assert read["UserCreateDate"] == created["UserCreateDate"]


def test_a_user_name_is_given_once(pool: Pool) -> None:
    pool.create()
    with pytest.raises(pool.aws.exceptions.UsernameExistsException):
        pool.create(Username=USERNAME.upper())


def test_attributes_follow_the_pools_schema(pool: Pool) -> None:
    for name in ("favourite_dish", "sub"):
        with pytest.raises(pool.aws.exceptions.InvalidParameterException):
            pool.create(UserAttributes=[{"Name": name, "Value": "x"}])
    pool.create(UserAttributes=[{"Name": "custom:tier", "Value": "Gold"}])
    pool.aws.admin_update_user_attributes(
        UserPoolId=pool.id, Username=USERNAME, UserAttributes=ATTRIBUTES[:1]
    )
    read = pool.aws.admin_get_user(UserPoolId=pool.id, Username=USERNAME)
    values = {pair["Name"]: pair.get("Value") for pair in read["UserAttributes"]}
    assert (values["custom:tier"], values["email"]) == ("Gold", "mei.tan@example.test")


@pytest.mark.parametrize(
    "weak", ["Aa1-", "alllower-case-1", "ALLUPPER-1", "No-digits", "NoSymbol1"]
)
def test_a_password_follows_the_pools_policy(pool: Pool, weak: str) -> None:
    pool.create()
    with pytest.raises(pool.aws.exceptions.InvalidPasswordException):
        pool.set_password(weak)


def test_a_password_that_is_not_permanent_is_answered_by_a_challenge(pool: Pool) -> None:
    pool.create(TemporaryPassword=PASSWORD)
    answer = pool.sign_in()
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" not in answer
    pool.set_password()
    assert "ChallengeName" not in pool.sign_in()


def test_a_wrong_password_and_an_unknown_user_look_the_same(pool: Pool) -> None:
    pool.create()
    pool.set_password()
    messages = set()
    for password, username in (("Wrong-password-1", USERNAME), (PASSWORD, "nobody")):
        with pytest.raises(pool.aws.exceptions.NotAuthorizedException) as caught:
            pool.sign_in(password, username)
        messages.add(caught.value.response["Error"]["Message"])
    assert messages == {"Incorrect username or password."}


def test_an_access_token_has_cognitos_claims(pool: Pool, tokens: dict[str, Any]) -> None:
    claims = pool.verified(tokens["AccessToken"])
    assert set(claims) == {
        *("sub", "iss", "client_id", "token_use", "scope", "auth_time", "iat", "exp", "jti"),
        *("username", "origin_jti", "event_id"),
    }
    assert (claims["token_use"], claims["username"]) == ("access", USERNAME)
    assert (claims["client_id"], claims["exp"] - claims["iat"]) == (pool.client_id, 3600)
    assert (tokens["ExpiresIn"], tokens["TokenType"]) == (3600, "Bearer")


def test_an_id_token_has_the_users_attributes(pool: Pool, tokens: dict[str, Any]) -> None:
    claims = pool.verified(tokens["IdToken"], audience=pool.client_id)
    assert (claims["token_use"], claims["cognito:username"]) == ("id", USERNAME)
    assert (claims["email"], claims["email_verified"]) == ("mei.tan@example.test", True)
    assert "client_id" not in claims


def test_each_kind_of_token_has_a_signing_key_of_its_own(
    pool: Pool, tokens: dict[str, Any]
) -> None:
    kids = {jwt.get_unverified_header(tokens[name])["kid"] for name in ("AccessToken", "IdToken")}
    assert kids == set(pool.keys())
    assert len(kids) == 2


def test_a_rotated_key_signs_from_now_on_and_the_old_stays_until_retired(
    sandbox: Sandbox, pool: Pool, tokens: dict[str, Any]
) -> None:
    old = set(pool.keys())
    fresh = set(sandbox.post("/cognito/keys/rotate")["signing"])
    assert set(pool.keys()) == old | fresh
    new_token = pool.sign_in()["AuthenticationResult"]["AccessToken"]
    assert jwt.get_unverified_header(new_token)["kid"] in fresh
    pool.verified(tokens["AccessToken"])
    assert set(sandbox.post("/cognito/keys/retire")["retired"]) == old
    assert set(pool.keys()) == fresh


def test_a_refresh_gives_new_tokens_and_keeps_the_refresh_token(
    pool: Pool, tokens: dict[str, Any]
) -> None:
    renewed = pool.refresh(tokens["RefreshToken"])
    assert "RefreshToken" not in renewed
    old, new = pool.verified(tokens["AccessToken"]), pool.verified(renewed["AccessToken"])
    assert (new["sub"], new["auth_time"]) == (old["sub"], old["auth_time"])
    assert new["jti"] != old["jti"]
    assert new["origin_jti"] == old["origin_jti"]


def test_a_rotated_refresh_token_works_once(
    sandbox: Sandbox, pool: Pool, tokens: dict[str, Any]
) -> None:
    sandbox.switch("cognito", refresh_rotation=True)

    def rotate(token: str) -> Any:
        return pool.aws.get_tokens_from_refresh_token(RefreshToken=token, ClientId=pool.client_id)

    second = rotate(tokens["RefreshToken"])["AuthenticationResult"]["RefreshToken"]
    assert second != tokens["RefreshToken"]
    with pytest.raises(pool.aws.exceptions.RefreshTokenReuseException):
        rotate(tokens["RefreshToken"])
    assert "AccessToken" in rotate(second)["AuthenticationResult"]


def test_a_refresh_token_ends_by_time_by_revocation_and_by_signing_out(
    sandbox: Sandbox, pool: Pool, tokens: dict[str, Any]
) -> None:
    def refused(token: str) -> str:
        with pytest.raises(pool.aws.exceptions.NotAuthorizedException) as caught:
            pool.refresh(token)
        return caught.value.response["Error"]["Message"]

    first, second, third = (
        tokens["RefreshToken"],
        *(pool.sign_in()["AuthenticationResult"]["RefreshToken"] for _ in range(2)),
    )
    pool.aws.revoke_token(Token=first, ClientId=pool.client_id)
    assert refused(first) == "Refresh Token has been revoked"
    sandbox.advance(30 * 24 * 3600 + 1)
    assert refused(second) == "Refresh Token has expired"
    pool.aws.admin_user_global_sign_out(UserPoolId=pool.id, Username=USERNAME)
    assert refused(third) == "Refresh Token has been revoked"
    assert refused("never-issued") == "Invalid Refresh Token"


def test_an_access_token_cannot_be_revoked(pool: Pool, tokens: dict[str, Any]) -> None:
    with pytest.raises(pool.aws.exceptions.UnsupportedTokenTypeException):
        pool.aws.revoke_token(Token=tokens["AccessToken"], ClientId=pool.client_id)


def test_token_lifetimes_can_be_switched(sandbox: Sandbox, pool: Pool) -> None:
    pool.create()
    pool.set_password()
    sandbox.switch("cognito", access_token_seconds=60, id_token_seconds=120)
    result = pool.sign_in()["AuthenticationResult"]
    access = jwt.get_unverified_claims(result["AccessToken"])
    identity = jwt.get_unverified_claims(result["IdToken"])
    lifetimes = (access["exp"] - access["iat"], identity["exp"] - identity["iat"])
    assert (*lifetimes, result["ExpiresIn"]) == (60, 120, 60)


def test_a_client_with_a_secret_wants_its_hash(sandbox: Sandbox, pool: Pool) -> None:
    pool.create()
    pool.set_password()
    sandbox.switch("cognito", client_has_secret=True)
    message = (USERNAME + pool.client_id).encode()
    raw = hmac.digest(CLIENT_SECRET.encode(), message, hashlib.sha256)
    digest = base64.b64encode(raw).decode()
    for wrong in ({}, {"SECRET_HASH": "bm9wZQ=="}):
        with pytest.raises(pool.aws.exceptions.NotAuthorizedException):
            pool.sign_in(**wrong)
    token = pool.sign_in(SECRET_HASH=digest)["AuthenticationResult"]["RefreshToken"]
    with pytest.raises(pool.aws.exceptions.NotAuthorizedException):
        pool.refresh(token)
    assert "AccessToken" in pool.refresh(token, SECRET_HASH=digest)
    by_secret = pool.aws.get_tokens_from_refresh_token(
        RefreshToken=token, ClientId=pool.client_id, ClientSecret=CLIENT_SECRET
    )
    assert "AccessToken" in by_secret["AuthenticationResult"]


def test_an_unsigned_client_may_sign_in_and_refresh_but_not_administer(
    sandbox: Sandbox, pool: Pool, tokens: dict[str, Any]
) -> None:
    phone = Pool(sandbox, Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))
    answer = phone.aws.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USERNAME, "PASSWORD": PASSWORD},
    )
    again = phone.aws.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )
    assert {*answer["AuthenticationResult"]} - {*again["AuthenticationResult"]} == {"RefreshToken"}
    with pytest.raises(ClientError) as caught:
        phone.aws.admin_get_user(UserPoolId=pool.id, Username=USERNAME)
    assert error(caught) == "MissingAuthenticationTokenException"
    phone.aws.close()


def test_users_are_found_by_sub_by_email_and_page_by_page(pool: Pool) -> None:
    for number in range(3):
        pool.create(Username=f"member-{number}")
    sub = pool.create()["Attributes"][0]["Value"]

    def names(**asked: Any) -> list[str | None]:
        users = pool.aws.list_users(UserPoolId=pool.id, **asked)["Users"]
        return [user.get("Username") for user in users]

    assert names(Filter=f'sub = "{sub}"') == [USERNAME]
    assert names(Filter='username ^= "member-0"') == ["member-0", USERNAME]
    assert len(names(Filter='email = "mei.tan@example.test"')) == 4
    assert names(Filter='email = "nobody@example.test"') == []
    first = pool.aws.list_users(UserPoolId=pool.id, Limit=3)
    rest = names(Limit=3, PaginationToken=first["PaginationToken"])
    assert (len(first["Users"]), rest) == (3, [USERNAME])
    for bad in ("sub ~ 1", 'custom:tier = "Gold"'):
        with pytest.raises(pool.aws.exceptions.InvalidParameterException):
            names(Filter=bad)


def test_another_pool_and_another_client_do_not_exist(pool: Pool) -> None:
    with pytest.raises(pool.aws.exceptions.ResourceNotFoundException):
        pool.aws.admin_get_user(UserPoolId="ap-southeast-1_Other", Username=USERNAME)
    with pytest.raises(pool.aws.exceptions.ResourceNotFoundException):
        pool.aws.initiate_auth(
            ClientId="another", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": "x"}
        )


def test_an_unknown_operation_and_a_broken_body_are_told_as_aws_tells_them(pool: Pool) -> None:
    url = pool.environment["AWS_ENDPOINT_URL_COGNITO_IDP"]
    service = "AWSCognitoIdentityProviderService"
    for target, body, kind in (
        (f"{service}.DeleteEverything", b"{}", "UnknownOperationException"),
        ("InitiateAuth", b"{}", "UnknownOperationException"),
        (f"{service}.InitiateAuth", b"nonsense", "SerializationException"),
        (f"{service}.InitiateAuth", b"[]", "SerializationException"),
        (f"{service}.InitiateAuth", b'{"ClientId": 7}', "InvalidParameterException"),
    ):
        answer = httpx.post(url, content=body, headers={"X-Amz-Target": target}, trust_env=False)
        assert (answer.status_code, answer.json()["__type"]) == (400, kind)
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"


def test_a_script_gets_a_token_without_signing_in(sandbox: Sandbox, pool: Pool) -> None:
    by_number = sandbox.post("/cognito/token", {"customer_number": "00010001"})
    by_email = sandbox.post("/cognito/token", {"email": "mei.tan@example.test"})
    claims = pool.verified(by_number["AccessToken"])
    assert (claims["username"], claims["sub"]) == (USERNAME, by_email["sub"])
    assert "AccessToken" in pool.refresh(by_email["RefreshToken"])
    over = sandbox.post("/cognito/token", {"username": "anybody", "seconds": -5})
    assert jwt.get_unverified_claims(over["AccessToken"])["username"] == "anybody"
    with pytest.raises(ExpiredSignatureError):
        pool.verified(over["AccessToken"])


def test_a_users_sub_outlives_a_reset(sandbox: Sandbox, pool: Pool) -> None:
    before = pool.create()["Attributes"][0]
    sandbox.reset()
    assert sandbox.books("cognito") == {"users": [], "sessions": []}
    assert pool.create()["Attributes"][0] == before


def test_a_fault_can_meet_one_operation(sandbox: Sandbox, pool: Pool) -> None:
    sandbox.fault(
        "cognito",
        "error",
        "/AdminGetUser",
        status=400,
        body={"__type": "TooManyRequestsException", "message": "Rate exceeded"},
    )
    with pytest.raises(pool.aws.exceptions.TooManyRequestsException):
        pool.aws.admin_get_user(UserPoolId=pool.id, Username=USERNAME)
    pool.create()
    paths = [call["path"] for call in sandbox.calls("cognito")]
    assert paths == ["/AdminGetUser", "/AdminCreateUser"]
