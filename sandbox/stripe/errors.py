"""Stripe's error answers (docs.stripe.com/api/errors), one maker for each kind."""

from typing import Any

BAD_REQUEST = 400
UNAUTHORISED = 401
PAYMENT_REQUIRED = 402
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
SERVER_ERROR = 500


class StripeError(Exception):
    """An answer of Stripe's error form.

    `execution_began` is False where Stripe says no before the endpoint runs; such an answer is not
    kept under an idempotency key.
    """

    def __init__(self, status: int, error: dict[str, Any], *, execution_began: bool = True) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error
        self.execution_began = execution_began


def _error(kind: str, message: str, code: str | None, param: str | None) -> dict[str, Any]:
    error: dict[str, Any] = {"type": kind, "message": message}
    if code is not None:
        error["code"] = code
        error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    if param is not None:
        error["param"] = param
    return error


def invalid_parameter(message: str, param: str | None, code: str | None = None) -> StripeError:
    """A request that fails validation: nothing ran."""
    error = _error("invalid_request_error", message, code, param)
    return StripeError(BAD_REQUEST, error, execution_began=False)


def refused(message: str, code: str | None = None, param: str | None = None) -> StripeError:
    """A well-formed request that the present state does not allow."""
    return StripeError(BAD_REQUEST, _error("invalid_request_error", message, code, param))


def missing(kind: str, object_id: str, param: str, *, named_by_path: bool = True) -> StripeError:
    """No such object: 404 when the path names it, 400 when a parameter does."""
    error = _error(
        "invalid_request_error", f"No such {kind}: '{object_id}'", "resource_missing", param
    )
    return StripeError(NOT_FOUND if named_by_path else BAD_REQUEST, error)


def unexpected_state(message: str, intent: dict[str, Any]) -> StripeError:
    error = _error("invalid_request_error", message, "payment_intent_unexpected_state", None)
    return StripeError(BAD_REQUEST, error | {"payment_intent": intent})


def card_refused(last_payment_error: dict[str, Any], intent: dict[str, Any]) -> StripeError:
    """HTTP 402; the error repeats the intent's own last error and carries the intent."""
    return StripeError(PAYMENT_REQUIRED, last_payment_error | {"payment_intent": intent})


def unauthorised(message: str) -> StripeError:
    error = _error("invalid_request_error", message, None, None)
    return StripeError(UNAUTHORISED, error, execution_began=False)


def secret_key_required() -> StripeError:
    message = (
        "This API call cannot be made with a publishable API key. Please use a secret API key."
    )
    error = _error("invalid_request_error", message, "secret_key_required", None)
    return StripeError(FORBIDDEN, error, execution_began=False)


def key_reused(message: str) -> StripeError:
    error = _error("idempotency_error", message, None, None)
    return StripeError(BAD_REQUEST, error, execution_began=False)


def key_in_use(key: str) -> StripeError:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through): "
        f"{key}. Please try again later."
    )
    error = _error("invalid_request_error", message, "idempotency_key_in_use", None)
    return StripeError(CONFLICT, error, execution_began=False)


def unknown_url(method: str, path: str) -> StripeError:
    message = (
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/."
    )
    error = _error("invalid_request_error", message, None, None)
    return StripeError(NOT_FOUND, error, execution_began=False)


def broken() -> StripeError:
    message = "An unknown error occurred. If this persists, contact Stripe support."
    return StripeError(SERVER_ERROR, _error("api_error", message, None, None))
