"""What each upstream's secret is made of. Errors of all: KeyError, ValueError."""

from collections.abc import Mapping

from clients.memberson.auth import ServiceUser
from clients.sevenrooms.auth import ApiClient
from clients.stripe.keys import StripeKeys

Fields = Mapping[str, str]


def api_client(fields: Fields) -> ApiClient:
    return ApiClient(
        _text(fields, "SEVENROOMS_CLIENT_ID"), _text(fields, "SEVENROOMS_CLIENT_SECRET")
    )


def service_user(fields: Fields) -> ServiceUser:
    return ServiceUser(_text(fields, "MEMBERSON_API_USER"), _text(fields, "MEMBERSON_API_PASSWORD"))


def stripe_keys(fields: Fields) -> StripeKeys:
    listed = _text(fields, "STRIPE_WEBHOOK_SECRETS").split(",")
    return StripeKeys(
        secret_key=_text(fields, "STRIPE_SECRET_KEY"),
        webhook_secrets=tuple(part.strip() for part in listed if part.strip()),
    )


def app_client_secret(fields: Fields) -> str | None:
    """None for an app client without a secret."""
    return fields.get("COGNITO_CLIENT_SECRET", "").strip() or None


def _text(fields: Fields, name: str) -> str:
    value = fields[name].strip()
    if not value:
        raise ValueError(f"{name} is empty")
    return value
