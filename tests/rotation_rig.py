"""The sandbox's credentials in Secrets Manager, and settings that look for them there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bff.secret_settings import NEEDED, OPTIONAL
from bff.settings import Settings, read_settings
from tests.aws_stand_ins import pointing_boto3_at
from tests.sandbox_process import Sandbox
from tests.secret_kinds import Vaulted

ROOMS_SECRET = "SEVENROOMS_CLIENT_SECRET"
CRM_PASSWORD = "MEMBERSON_API_PASSWORD"


@dataclass(frozen=True)
class Kept:
    """`environment` has no secret of an upstream in it."""

    sandbox: Sandbox
    vaulted: Vaulted
    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        return read_settings(self.environment)

    def fields(self, secret: str, **changed: str) -> dict[str, str]:
        return {**secret_fields(self.sandbox, secret), **changed}

    def accept_rooms(self, *secrets: str) -> None:
        self.sandbox.post("/sevenrooms/secrets", {"accepted": list(secrets)})

    def accept_crm(self, *passwords: str) -> None:
        self.sandbox.post("/memberson/passwords", {"accepted": list(passwords)})

    def accept_stripe(self, *keys: str) -> None:
        self.sandbox.post("/stripe/keys", {"accepted": list(keys)})

    @property
    def old_rooms(self) -> str:
        return self.sandbox.environment[ROOMS_SECRET]

    @property
    def old_crm(self) -> str:
        return self.sandbox.environment[CRM_PASSWORD]

    def authentications(self) -> tuple[int, int]:
        """Tokens asked for at SevenRooms and at Memberson."""
        return (
            len(self.sandbox.calls("sevenrooms", "POST", "/auth")),
            len(self.sandbox.calls("memberson", "POST", "*/user/authenticate")),
        )


def secret_fields(sandbox: Sandbox, secret: str) -> dict[str, str]:
    names = (*NEEDED[secret], *OPTIONAL.get(secret, ()))
    return {name: sandbox.environment.get(name, "") for name in names}


@contextmanager
def kept_in_secrets_manager(sandbox: Sandbox, aws: str, folder: Path) -> Iterator[Kept]:
    vaulted = Vaulted(aws)
    for secret in NEEDED:
        vaulted.put(secret, secret_fields(sandbox, secret))
    names = {name for of in (NEEDED, OPTIONAL) for each in of.values() for name in each}
    environment = {
        **{
            name: value
            for name, value in sandbox.bff_environment(folder / "ledger.db").items()
            if name not in names
        },
        "SECRETS": "secretsmanager",
        "SECRETS_PREFIX": vaulted.prefix,
        "SECRETS_REFRESH_SECONDS": "1",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": aws,
    }
    with pointing_boto3_at(secrets_manager=aws):
        yield Kept(sandbox, vaulted, environment)
    vaulted.client.close()
