"""What the stand-in holds in memory, and how it tells the world that something happened."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.stripe import shapes
from sandbox.stripe.courier import Courier, Parcel
from sandbox.stripe.credentials import SECRET_KEY
from sandbox.stripe.idempotency import Keys
from sandbox.stripe.records import (
    Charge,
    Customer,
    Event,
    PaymentIntent,
    PaymentMethod,
    Refund,
    WebhookEndpoint,
)
from sandbox.stripe.signature import Signing


@dataclass(frozen=True, slots=True)
class Cause:
    """The API request that an event follows from; nothing for what happens by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


def new_id(prefix: str) -> str:
    """Random, so that ids stay unique over resets: others may remember the old ones."""
    return f"{prefix}_{secrets.token_hex(12)}"


class Store:
    """All objects by id, in the order they were made."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.courier = Courier(clock)
        self.webhooks: dict[str, WebhookEndpoint] = {}
        self.execution_seconds = 0.0
        self.breakdowns: list[str] = []
        self._cause = Cause()
        self.empty()

    def empty(self) -> None:
        """Forget everything but the webhook endpoints."""
        self.customers: dict[str, Customer] = {}
        self.intents: dict[str, PaymentIntent] = {}
        self.methods: dict[str, PaymentMethod] = {}
        self.charges: dict[str, Charge] = {}
        self.refunds: dict[str, Refund] = {}
        self.events: dict[str, Event] = {}
        self.ephemeral_keys: set[str] = set()
        # More than one while a key is being rolled: the old one is taken for a while.
        self.secret_keys: tuple[str, ...] = (SECRET_KEY,)
        self.keys = Keys()
        # A heap of the ends of authorisations, those included that ended otherwise.
        self.authorisations: list[tuple[int, str]] = []
        self.execution_seconds = 0.0
        self.breakdowns.clear()
        self.courier.forget()

    def now(self) -> int:
        """The sandbox's time in Unix seconds."""
        return int(self.clock.now().timestamp())

    @contextmanager
    def caused_by(self, cause: Cause) -> Iterator[None]:
        """Events emitted within carry the request's id and key."""
        self._cause = cause
        try:
            yield
        finally:
            self._cause = Cause()

    def emit(self, kind: str, subject: dict[str, Any]) -> Event:
        """Write the event down and send it to every endpoint that wants it."""
        event = Event(
            id=new_id("evt"),
            created=self.now(),
            kind=kind,
            object_id=subject["id"],
            snapshot=json.dumps(subject),
            request_id=self._cause.request_id,
            idempotency_key=self._cause.idempotency_key,
        )
        self.events[event.id] = event
        receivers = [endpoint for endpoint in self.webhooks.values() if endpoint.wants(kind)]
        event.pending = len(receivers)
        for endpoint in receivers:
            self.courier.send(self.parcel(event, endpoint))
        return event

    def parcel(
        self, event: Event, endpoint: WebhookEndpoint, signing: Signing = Signing.VALID
    ) -> Parcel:
        def arrived() -> None:
            event.pending = max(0, event.pending - 1)

        return Parcel(
            event=event.id,
            kind=event.kind,
            endpoint=endpoint.id,
            url=endpoint.url,
            secret=endpoint.secret,
            body=json.dumps(shapes.event(event)).encode(),
            signing=signing,
            arrived=arrived,
        )
