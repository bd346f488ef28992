"""The tokens of the pool's stand-in: claims, keys, lifetimes, refreshing and revoking."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest
from jose import ExpiredSignatureError, jwt

from tests.pool_caller import CLIENT_SECRET, USERNAME, Pool
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


def test_a_script_gets_a_token_without_signing_in(sandbox: Sandbox, pool: Pool) -> None:
    by_number = sandbox.post("/cognito/token", {"customer_number": "00010001"})
    by_email = sandbox.post("/cognito/token", {"email": "mei.tan@example.test"})
    claims = pool.verified(by_number["AccessToken"])
    assert (claims["username"], claims["sub"]) == (USERNAME, by_email["sub"])
    assert "AccessToken" in pool.refresh(by_email["RefreshToken"])
    new = {"customer_number": "00099001", "email": "new@example.test", "password": "long-enough"}
    sandbox.post("/seed", {"members": [new]})
    for key in ("customer_number", "email"):
        added = sandbox.post("/cognito/token", {key: new[key]})
        assert pool.verified(added["AccessToken"])["username"] == "member-00099001"
    over = sandbox.post("/cognito/token", {"username": "anybody", "seconds": -5})
    assert jwt.get_unverified_claims(over["AccessToken"])["username"] == "anybody"
    with pytest.raises(ExpiredSignatureError):
        pool.verified(over["AccessToken"])
