"""Our secrets at Stripe."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """`webhook_secrets`: each of them may have signed an event."""

    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
