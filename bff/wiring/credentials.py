"""The upstreams' secrets, from wherever they are kept, and the tokens that copies share."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from bff.clock import Clock
from bff.credentials import upstream_secrets
from bff.credentials.environment import EnvironmentSecrets
from bff.credentials.file import FileSecrets
from bff.credentials.kept import KeptSecret, kept_fresh
from bff.credentials.ports import SecretSource
from bff.credentials.secrets_manager import SecretsManagerSecrets
from bff.secret_settings import SecretSettings
from clients.aws import open_aws
from clients.guard import Guard
from clients.memberson.auth import ServiceUser
from clients.sevenrooms.auth import ApiClient
from clients.stripe.keys import StripeKeys
from clients.watching import SILENT, Watch

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    sevenrooms: KeptSecret[ApiClient]
    memberson: KeptSecret[ServiceUser]
    stripe: KeptSecret[StripeKeys]
    cognito: KeptSecret[str | None]
    guards: Sequence[Guard] = ()

    async def are_known(self) -> bool:
        """Whether we have each secret, be it good or not."""
        return all(
            each.is_known for each in (self.sevenrooms, self.memberson, self.stripe, self.cognito)
        )

    def webhook_secrets(self) -> list[str]:
        """All that Stripe may sign with: of the current version, the one before, and the next."""
        versions = self.stripe.known()
        return [secret for each in versions for secret in each.value.webhook_secrets]


@asynccontextmanager
async def open_credentials(
    settings: SecretSettings, clock: Clock, watch: Watch = SILENT
) -> AsyncIterator[Credentials]:
    """Read, and looked at again until the block is left; whoever keeps them may be away."""
    async with open_source(settings, watch) as (source, guards):

        def kept(name: str, parse: Callable[[Mapping[str, str]], S]) -> KeptSecret[S]:
            return KeptSecret(name, source, parse, clock)

        made = Credentials(
            sevenrooms=kept("sevenrooms", upstream_secrets.api_client),
            memberson=kept("memberson", upstream_secrets.service_user),
            stripe=kept("stripe", upstream_secrets.stripe_keys),
            cognito=kept("cognito", upstream_secrets.app_client_secret),
            guards=guards,
        )
        all_of_them = (made.sevenrooms, made.memberson, made.stripe, made.cognito)
        async with kept_fresh(all_of_them, clock, settings.refresh_seconds):
            yield made


@asynccontextmanager
async def open_source(
    settings: SecretSettings, watch: Watch = SILENT
) -> AsyncIterator[tuple[SecretSource, Sequence[Guard]]]:
    """The source, and what guards its calls where they leave this machine."""
    async with AsyncExitStack() as stack:
        if settings.file is not None:
            yield FileSecrets(settings.file), ()
        elif settings.kept == "secretsmanager":
            calls = await stack.enter_async_context(open_aws("secretsmanager", watch))
            yield SecretsManagerSecrets(calls, settings.prefix), (calls.guard,)
        else:
            yield EnvironmentSecrets(settings.given), ()
