"""What renewing tokens and replacing secrets need: the ledger, the secrets, the upstreams."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bff.clock import SystemClock
from bff.credentials import upstream_secrets
from bff.credentials.renewal import Renewed, renew_for_all
from bff.credentials.rotation import Rotation
from bff.settings import BadSettings, Settings
from bff.wiring.credentials import open_credentials
from bff.wiring.storage import open_storage
from clients.aws import open_aws
from clients.errors import Refused
from clients.memberson import auth as memberson_auth
from clients.secret_versions import Fixed
from clients.sevenrooms import auth as sevenrooms_auth
from clients.stripe.http_client import connect
from clients.stripe.read import StripeReads
from clients.transport import Transport, open_transport

# Asking for an intent that cannot exist: 404 to whoever may ask.
_NO_INTENT = "pi_000000000000000000000000"
_NOT_FOUND = 404

Fields = Mapping[str, str]


@asynccontextmanager
async def open_renewals(
    settings: Settings, recent_seconds: float
) -> AsyncIterator[Mapping[str, Callable[[], Awaitable[Renewed]]]]:
    """For each upstream with a token, what renews it. Errors as `open_storage`."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(open_storage(settings))
        secrets = await stack.enter_async_context(open_credentials(settings.secrets, clock))
        ways = await _opened(stack, settings)
        rooms, crm = ways.sevenrooms, ways.memberson
        fetches = {
            "sevenrooms": partial(sevenrooms_auth.fetch_token_as_any, rooms, secrets.sevenrooms),
            "memberson": partial(memberson_auth.fetch_token, crm, secrets.memberson, clock.now),
        }
        yield {
            upstream: partial(
                renew_for_all, storage.tokens(upstream, clock), fetch, clock, recent_seconds
            )
            for upstream, fetch in fetches.items()
        }


@asynccontextmanager
async def open_rotation(settings: Settings) -> AsyncIterator[Rotation]:
    """Errors: BadSettings, where the secrets are not in Secrets Manager."""
    if settings.secrets.kept != "secretsmanager":
        raise BadSettings("SECRETS is not secretsmanager: replace the secret where it is kept")
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        calls = await stack.enter_async_context(open_aws("secretsmanager"))
        ways = await _opened(stack, settings)

        async def rooms(fields: Fields) -> None:
            own = upstream_secrets.api_client(fields)
            await sevenrooms_auth.fetch_token(ways.sevenrooms, own.client_id, own.client_secret)

        async def crm(fields: Fields) -> None:
            user = upstream_secrets.service_user(fields)
            await memberson_auth.authenticate(ways.memberson, user, clock.now)

        async def cards(fields: Fields) -> None:
            keys = Fixed(upstream_secrets.stripe_keys(fields))
            sdk = connect(ways.stripe, url=settings.stripe.url, keys=keys)
            try:
                await StripeReads(sdk).intent(_NO_INTENT)
            except Refused as refusal:
                if refusal.status != _NOT_FOUND:
                    raise

        proofs = {"sevenrooms": rooms, "memberson": crm, "stripe": cards}
        yield Rotation(calls, settings.secrets.prefix, proofs)


@dataclass(frozen=True, slots=True)
class _Ways:
    sevenrooms: Transport
    memberson: Transport
    stripe: Transport


async def _opened(stack: AsyncExitStack, settings: Settings) -> _Ways:
    async def to(name: str, url: str) -> Transport:
        seconds = settings.upstream_timeout_seconds
        return await stack.enter_async_context(open_transport(name, url, timeout_seconds=seconds))

    return _Ways(
        await to("sevenrooms", settings.sevenrooms.url),
        await to("memberson", settings.memberson.url),
        await to("stripe", settings.stripe.url),
    )
