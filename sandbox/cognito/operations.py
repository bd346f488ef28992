"""The calls that sign-in needs, as boto3 sends them."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from sandbox.cognito.errors import CognitoError, invalid, no_such_resource, not_authorised
from sandbox.cognito.state import CLIENT_ID, CLIENT_SECRET, POOL_ID, CognitoState
from sandbox.cognito.users import (
    User,
    check_can_sign_in,
    check_password_policy,
    read_attributes,
)

Body = dict[str, Any]
_FILTER = re.compile(r'^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$')
_MOST_USERS = 60  # Cognito's own bound of `Limit`
PASSWORD_FLOWS = frozenset({"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"})
REFRESH_FLOWS = frozenset({"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"})


def admin_get_user(state: CognitoState, body: Body) -> Body:
    user = _user(state, body)
    return {**user.shown(), "UserAttributes": user.pairs()}


def admin_create_user(state: CognitoState, body: Body) -> Body:
    _check_pool(body)
    username = _text(body, "Username")
    attributes = read_attributes(body.get("UserAttributes"))
    password = body.get("TemporaryPassword")
    if password is not None:
        check_password_policy(_text(body, "TemporaryPassword"))
    user = state.users.create(username, attributes, state.now())
    user.password = password
    return {"User": {**user.shown(), "Attributes": user.pairs()}}


def admin_set_user_password(state: CognitoState, body: Body) -> Body:
    user = _user(state, body)
    password = _text(body, "Password")
    check_password_policy(password)
    user.password = password
    user.status = "CONFIRMED" if body.get("Permanent") else "FORCE_CHANGE_PASSWORD"
    user.modified = state.now()
    return {}


def admin_update_user_attributes(state: CognitoState, body: Body) -> Body:
    user = _user(state, body)
    user.attributes.update(read_attributes(body.get("UserAttributes")))
    user.modified = state.now()
    return {}


def admin_user_global_sign_out(state: CognitoState, body: Body) -> Body:
    state.sign_out(_user(state, body))
    return {}


def admin_initiate_auth(state: CognitoState, body: Body) -> Body:
    _check_pool(body)
    return _initiate(state, body, PASSWORD_FLOWS)


def initiate_auth(state: CognitoState, body: Body) -> Body:
    return _initiate(state, body, frozenset({"USER_PASSWORD_AUTH"}))


def get_tokens_from_refresh_token(state: CognitoState, body: Body) -> Body:
    """The refresh that takes the client's secret itself in place of a hash."""
    _check_client(body)
    _check_client_secret(state, body)
    return {"AuthenticationResult": state.refresh(_text(body, "RefreshToken"))}


def revoke_token(state: CognitoState, body: Body) -> Body:
    _check_client(body)
    _check_client_secret(state, body)
    token = _text(body, "Token")
    if token.count(".") == 2:  # noqa: PLR2004 - a signed token, not a refresh token
        raise CognitoError("UnsupportedTokenTypeException", "Unsupported token type")
    state.revoke(token)
    return {}


def list_users(state: CognitoState, body: Body) -> Body:
    """All at once: the sandbox never has more than a page that would need a second."""
    _check_pool(body)
    wanted = _matcher(body.get("Filter"))
    limit = body.get("Limit", _MOST_USERS)
    if not isinstance(limit, int) or not 0 <= limit <= _MOST_USERS:
        raise invalid(f"Limit must be between 0 and {_MOST_USERS}")
    start = _page_start(body.get("PaginationToken"))
    found = [user for user in state.users.all() if wanted(user)]
    page = found[start : start + limit]
    answer: Body = {"Users": [{**user.shown(), "Attributes": _chosen(user, body)} for user in page]}
    if start + limit < len(found):
        answer["PaginationToken"] = str(start + limit)
    return answer


OPERATIONS: dict[str, Callable[[CognitoState, Body], Body]] = {
    "AdminGetUser": admin_get_user,
    "AdminCreateUser": admin_create_user,
    "AdminSetUserPassword": admin_set_user_password,
    "AdminUpdateUserAttributes": admin_update_user_attributes,
    "AdminUserGlobalSignOut": admin_user_global_sign_out,
    "AdminInitiateAuth": admin_initiate_auth,
    "InitiateAuth": initiate_auth,
    "GetTokensFromRefreshToken": get_tokens_from_refresh_token,
    "RevokeToken": revoke_token,
    "ListUsers": list_users,
}
# The service model marks these as unsigned: a phone may send them.
UNSIGNED = frozenset({"InitiateAuth", "GetTokensFromRefreshToken", "RevokeToken"})


def _initiate(state: CognitoState, body: Body, password_flows: frozenset[str]) -> Body:
    _check_client(body)
    flow = _text(body, "AuthFlow")
    given = body.get("AuthParameters") or {}
    if not isinstance(given, dict):
        raise invalid("AuthParameters must be an object")
    if flow in REFRESH_FLOWS:
        token = _parameter(given, "REFRESH_TOKEN")
        session = state.session(token)
        known = state.users.known(session.username) if session is not None else None
        if known is not None:
            _check_secret_hash(state, given, [known.username, known.sub])
        return {"ChallengeParameters": {}, "AuthenticationResult": state.refresh(token)}
    if flow not in password_flows:
        raise invalid("Initiate Auth method not supported.")
    username = _parameter(given, "USERNAME")
    _check_secret_hash(state, given, [username])
    user = check_can_sign_in(state.users.known(username), _parameter(given, "PASSWORD"))
    if user.status == "FORCE_CHANGE_PASSWORD":
        return _new_password_wanted(user)
    return {"ChallengeParameters": {}, "AuthenticationResult": state.sign_in(user)}


def _new_password_wanted(user: User) -> Body:
    return {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": "sandbox-session-" + "0" * 32,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": "[]",
            "userAttributes": "{}",
        },
    }


def _check_secret_hash(state: CognitoState, given: Body, names: list[str]) -> None:
    """HMAC-SHA256 of user name and client id, base64. Asked of clients with a secret only."""
    sent = given.get("SECRET_HASH")
    if not state.switches.client_has_secret:
        return
    if sent is None:
        raise not_authorised(
            f"Client {CLIENT_ID} is configured with secret but SECRET_HASH was not received"
        )
    right = {secret_hash(name) for name in names}
    if sent not in right:
        raise not_authorised(f"SecretHash does not match for the client: {CLIENT_ID}")


def secret_hash(username: str) -> str:
    digest = hmac.digest(CLIENT_SECRET.encode(), (username + CLIENT_ID).encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def _matcher(text: Any) -> Callable[[User], bool]:
    """`attribute = "value"` or `attribute ^= "start"`. Errors: InvalidParameterException."""
    if not text:
        return lambda _: True
    parts = _FILTER.match(text) if isinstance(text, str) else None
    if parts is None:
        raise invalid("Error while parsing filter.")
    name, operator, value = parts[1], parts[2], parts[3].replace('\\"', '"')
    if name.startswith("custom:"):
        raise invalid("Custom attributes are not searchable.")

    def matches(user: User) -> bool:
        own = {**user.attributes, "sub": user.sub, "username": user.username}
        own |= {"cognito:user_status": user.status}
        has = own.get(name, "")
        return has == value if operator == "=" else has.startswith(value)

    return matches


def _chosen(user: User, body: Body) -> list[dict[str, str]]:
    names = body.get("AttributesToGet")
    return [pair for pair in user.pairs() if not names or pair["Name"] in names]


def _page_start(token: Any) -> int:
    if token is None:
        return 0
    if not isinstance(token, str) or not token.isdecimal():
        raise invalid("Invalid pagination token.")
    return int(token)


def _user(state: CognitoState, body: Body) -> User:
    _check_pool(body)
    return state.users.get(_text(body, "Username"))


def _check_pool(body: Body) -> None:
    pool = _text(body, "UserPoolId")
    if pool != POOL_ID:
        raise no_such_resource(f"User pool {pool} does not exist.")


def _check_client(body: Body) -> None:
    client = _text(body, "ClientId")
    if client != CLIENT_ID:
        raise no_such_resource(f"User pool client {client} does not exist.")


def _check_client_secret(state: CognitoState, body: Body) -> None:
    if state.switches.client_has_secret and body.get("ClientSecret") != CLIENT_SECRET:
        raise not_authorised(f"Client {CLIENT_ID} has a secret, and it was not sent")


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"Missing required parameter {name}")
    return value


def _parameter(given: Body, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"Missing required parameter {name}")
    return value
