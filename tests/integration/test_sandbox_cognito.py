"""The users of the pool's stand-in as boto3 meets them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.pool_caller import ATTRIBUTES, PASSWORD, USERNAME, Pool
from tests.sandbox_process import Sandbox


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
    url = pool.environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"]
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
