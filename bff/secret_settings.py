"""Where the upstreams' secrets are kept, and what is in each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from bff.environment import Reader, at_least, one_of

SecretsKept = Literal["env", "file", "secretsmanager"]

# Each secret by its name, and its fields, called as the settings are. They are replaced together:
# what one upstream takes or refuses.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "sevenrooms": ("SEVENROOMS_CLIENT_ID", "SEVENROOMS_CLIENT_SECRET"),
    "memberson": ("MEMBERSON_API_USER", "MEMBERSON_API_PASSWORD"),
    "stripe": ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"),
    "cognito": (),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {"cognito": ("COGNITO_CLIENT_SECRET",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSettings:
    """`given` are the secrets themselves, where the environment holds them."""

    kept: SecretsKept
    file: Path | None
    prefix: str
    refresh_seconds: float
    given: Mapping[str, Mapping[str, str]] = field(repr=False)


def read_secrets(read: Reader) -> SecretSettings:
    kept = cast(
        "SecretsKept", read.parsed("SECRETS", "env", one_of("env", "file", "secretsmanager"))
    )
    in_file = kept == "file"
    file = read.parsed("SECRETS_FILE", None if in_file else "", Path)
    return SecretSettings(
        kept=kept,
        file=file if in_file else None,
        prefix=read.text("SECRETS_PREFIX", "como-club-bff/"),
        refresh_seconds=read.parsed("SECRETS_REFRESH_SECONDS", "60", at_least(1)),
        given=_given(read, needed=kept == "env"),
    )


def _given(read: Reader, *, needed: bool) -> Mapping[str, Mapping[str, str]]:
    found = {
        secret: {
            **{name: read.text(name, None if needed else "") for name in names},
            **{name: read.text(name, "") for name in OPTIONAL.get(secret, ())},
        }
        for secret, names in NEEDED.items()
    }
    # Elsewhere kept, what a forgotten variable says must not be believed.
    return found if needed else {}
