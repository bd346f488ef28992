"""Errors as Cognito sends them: a type, a message, and status 400."""


class CognitoError(Exception):
    """`kind` is the exception's name in the service model, `UserNotFoundException` for one."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def no_such_user() -> CognitoError:
    return CognitoError("UserNotFoundException", "User does not exist.")


def not_authorised(message: str) -> CognitoError:
    return CognitoError("NotAuthorizedException", message)


def invalid(message: str) -> CognitoError:
    return CognitoError("InvalidParameterException", message)


def no_such_resource(message: str) -> CognitoError:
    return CognitoError("ResourceNotFoundException", message)
