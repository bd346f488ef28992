from collections.abc import Mapping, Sequence

from bff.credentials import upstream_secrets
from bff.credentials.kept import KeptSecret
from bff.credentials.ports import SecretVersion
from bff.secret_settings import SecretSettings
from bff.wiring.credentials import Credentials, open_credentials
from tests.fake_clock import FakeClock


class Source:
    async def versions(self, name: str) -> Sequence[SecretVersion]:
        def fields(version: str, hooks: str) -> Mapping[str, str]:
            return {"STRIPE_SECRET_KEY": version, "STRIPE_WEBHOOK_SECRETS": hooks}

        assert name == "stripe"
        return (
            SecretVersion("new", fields("new", "whsec_new")),
            SecretVersion("old", fields("old", "whsec_old, whsec_older")),
        )


async def test_webhooks_may_be_signed_with_a_secret_of_the_version_before() -> None:
    given = SecretSettings(kept="env", file=None, prefix="", refresh_seconds=60, given={})
    stripe = KeptSecret("stripe", Source(), upstream_secrets.stripe_keys, FakeClock())
    await stripe.look()
    async with open_credentials(given, FakeClock()) as others:
        made = Credentials(
            sevenrooms=others.sevenrooms,
            memberson=others.memberson,
            stripe=stripe,
            cognito=others.cognito,
        )
        assert made.webhook_secrets() == ["whsec_new", "whsec_old", "whsec_older"]
        assert not await made.are_known()
