"""The pool's users."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.cognito.errors import CognitoError, invalid, no_such_user, not_authorised

# What a pool has from the start (OpenID Connect's standard claims); custom ones carry a prefix.
STANDARD = frozenset(
    (
        *("address", "birthdate", "email", "email_verified", "family_name", "gender"),
        *("given_name", "locale", "middle_name", "name", "nickname", "phone_number"),
        *("phone_number_verified", "picture", "preferred_username", "profile"),
        *("updated_at", "website", "zoneinfo"),
    )
)
PREFIXES = ("custom:", "dev:custom:")
# The policy of a pool made without one: eight characters, one of each kind.
_POLICY = (
    (r".{8}", "Password not long enough"),
    (r"[a-z]", "Password must have lowercase characters"),
    (r"[A-Z]", "Password must have uppercase characters"),
    (r"[0-9]", "Password must have numeric characters"),
    (r"[\^$*.\[\]{}()?\"!@#%&/\\,><':;|_~`=+\- ]", "Password must have symbol characters"),
)
_NAMESPACE = uuid.UUID("6f1a2c5e-8a53-4a55-9c0a-3a1c2b0f7d11")


@dataclass(slots=True, kw_only=True)
class User:
    username: str
    sub: str
    attributes: dict[str, str]
    created: datetime
    modified: datetime
    password: str | None = field(default=None, repr=False)
    status: str = "FORCE_CHANGE_PASSWORD"
    enabled: bool = True

    def pairs(self) -> list[dict[str, str]]:
        named = {"sub": self.sub, **self.attributes}
        return [{"Name": name, "Value": value} for name, value in named.items()]

    def shown(self) -> dict[str, Any]:
        """The fields that every answer has; the attributes' own name differs between calls."""
        return {
            "Username": self.username,
            "UserCreateDate": self.created.timestamp(),
            "UserLastModifiedDate": self.modified.timestamp(),
            "Enabled": self.enabled,
            "UserStatus": self.status,
        }


class Users:
    """By user name, without regard to case, as pools are made by default."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def all(self) -> list[User]:
        return list(self._users.values())

    def get(self, username: str) -> User:
        """By user name or, as Cognito also allows, by `sub`. Errors: UserNotFoundException."""
        user = self.known(username)
        if user is None:
            raise no_such_user()
        return user

    def known(self, username: str) -> User | None:
        found = self._users.get(username.casefold())
        return found or next((one for one in self._users.values() if one.sub == username), None)

    def create(self, username: str, attributes: Mapping[str, str], now: datetime) -> User:
        """Errors: UsernameExistsException."""
        if self.known(username) is not None:
            raise CognitoError("UsernameExistsException", "User account already exists")
        # The same name has the same sub after a reset: a token from before still names somebody.
        sub = str(uuid.uuid5(_NAMESPACE, username.casefold()))
        user = User(
            username=username, sub=sub, attributes=dict(attributes), created=now, modified=now
        )
        self._users[username.casefold()] = user
        return user


def read_attributes(value: Any) -> dict[str, str]:
    """`[{Name, Value}]` as a dictionary. Errors: InvalidParameterException."""
    if value is None:
        return {}
    if not isinstance(value, Sequence) or not all(isinstance(one, Mapping) for one in value):
        raise invalid("UserAttributes must be a list of Name and Value")
    attributes = {str(one.get("Name")): str(one.get("Value", "")) for one in value}
    for name in attributes:
        if name == "sub":
            raise invalid("Cannot modify an already provided sub")
        if name not in STANDARD and not name.startswith(PREFIXES):
            raise invalid(
                f"Attributes did not conform to the schema: Type for attribute {{{name}}} "
                "could not be determined"
            )
    return attributes


def check_password_policy(password: str) -> None:
    """Errors: InvalidPasswordException."""
    for pattern, complaint in _POLICY:
        if not re.search(pattern, password, re.DOTALL):
            raise CognitoError(
                "InvalidPasswordException", f"Password did not conform with policy: {complaint}"
            )


def check_can_sign_in(user: User | None, password: str) -> User:
    """Errors: NotAuthorizedException, the same for an unknown user as for a wrong password."""
    if user is None or user.password is None or user.password != password:
        raise not_authorised("Incorrect username or password.")
    if not user.enabled:
        raise not_authorised("User is disabled.")
    return user
