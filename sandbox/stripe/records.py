"""What the stand-in knows. Instants are Unix seconds, amounts minor units, as on Stripe's wire."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.stripe.cards import Card


class Status(StrEnum):
    """Of a PaymentIntent (docs.stripe.com/payments/paymentintents/lifecycle)."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"


@dataclass(slots=True, kw_only=True)
class Customer:
    id: str
    created: int
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    description: str | None = None
    address: dict[str, Any] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class PaymentMethod:
    id: str
    created: int
    card: Card
    customer: str | None = None


@dataclass(slots=True, kw_only=True)
class Refund:
    id: str
    created: int
    amount: int
    currency: str
    charge: str
    payment_intent: str
    customer: str | None
    reason: str | None
    metadata: dict[str, str]


@dataclass(slots=True, kw_only=True)
class Charge:
    """One attempt to take money. `released` is what of it was authorised and never captured."""

    id: str
    created: int
    amount: int
    currency: str
    payment_intent: str
    payment_method: PaymentMethod
    customer: str | None
    description: str | None
    metadata: dict[str, str]
    succeeded: bool
    authenticated: bool
    capture_before: int | None = None
    captured: bool = False
    amount_captured: int = 0
    released: int = 0
    refunds: list[Refund] = field(default_factory=list)

    @property
    def returned(self) -> int:
        """Captured money that has gone back."""
        return sum(refund.amount for refund in self.refunds)


@dataclass(slots=True, kw_only=True)
class PaymentIntent:
    id: str
    client_secret: str
    created: int
    amount: int
    currency: str
    capture_method: str = "automatic_async"
    confirmation_method: str = "automatic"
    automatic_payment_methods: dict[str, Any] | None = None
    customer: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    receipt_email: str | None = None
    return_url: str | None = None
    setup_future_usage: str | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    shipping: dict[str, Any] | None = None
    transfer_group: str | None = None
    payment_method: PaymentMethod | None = None
    status: Status = Status.REQUIRES_PAYMENT_METHOD
    amount_capturable: int = 0
    amount_received: int = 0
    latest_charge: Charge | None = None
    last_payment_error: dict[str, Any] | None = None
    next_action: dict[str, Any] | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    authenticated: bool = False
    settles_later: bool = False


@dataclass(slots=True, kw_only=True)
class WebhookEndpoint:
    """`events` may hold "*", which stands for all."""

    id: str
    created: int
    url: str
    secret: str
    events: tuple[str, ...] = ("*",)
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    def wants(self, kind: str) -> bool:
        return "*" in self.events or kind in self.events


@dataclass(slots=True, kw_only=True)
class Event:
    """`snapshot` is the object as it was when this happened, as JSON text."""

    id: str
    created: int
    kind: str
    object_id: str
    snapshot: str
    request_id: str | None
    idempotency_key: str | None
    pending: int = 0
