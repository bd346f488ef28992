"""A Stripe with one PaymentIntent that keeps books and remembers idempotency keys."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx

from bff.booking.model import Booking, Guest, Method, Point, Terms
from bff.catalogue.model import SlotKind
from bff.money import Money

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)

BOOKING = Booking(
    id="b1",
    member_id="m1",
    idempotency_key="the-apps-own-key-1",
    input_hash="h",
    method=Method.CARD,
    terms=Terms(
        venue_id="v1",
        experience_id=None,
        day=NOW.date(),
        time_text="7:00 PM",
        starts_at=NOW,
        party_size=2,
        kind=SlotKind.INSTANT,
        shift_persistent_id=None,
        access_persistent_id=None,
        price=Money(1250, "SGD"),
    ),
    guest=Guest(
        customer_number="C1", member_number=None, first_name="A", last_name="B", email="a@b.test"
    ),
    point=Point.HELD,
    created_at=NOW,
    updated_at=NOW,
    deadline_at=NOW,
    due_at=None,
)

_CANCELLABLE = {
    *("requires_payment_method", "requires_confirmation"),
    *("requires_action", "requires_capture"),
}
OPENED = replace(
    BOOKING, customer_id="cus_1", intent_id="pi_1", intent_secret="pi_1_secret_x", attempts=3
)

Reply = tuple[int, dict[str, Any]]


class Books:
    """One PaymentIntent, as Stripe would keep it."""

    def __init__(self) -> None:
        self.intent: dict[str, Any] = {
            "id": "pi_1",
            "object": "payment_intent",
            "status": "requires_payment_method",
            "client_secret": "pi_1_secret_x",
            "customer": "cus_1",
            "latest_charge": None,
        }
        self.calls: list[str] = []
        self.keys: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.stored: dict[str, Reply] = {}
        # what happens between a look and the write that follows it
        self.meanwhile: dict[str, Any] = {}
        self.refund_status = "succeeded"
        self.say_intent = True
        self.always: Reply | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {request.url.path}"
        self.calls.append(name)
        if request.method == "GET":
            return httpx.Response(200, json=self.intent)
        self.intent.update(self.meanwhile)
        key = request.headers["idempotency-key"]
        self.keys.append(key)
        self.forms.append(parse_qs(request.content.decode()))
        replayed = {"Idempotent-Replayed": "true"} if key in self.stored else {}
        status, body = self.stored.get(key) or self.answer(name)
        if status != httpx.codes.TOO_MANY_REQUESTS:  # refused before anything was begun
            self.stored[key] = (status, body)
        return httpx.Response(status, json=body, headers=replayed)

    def answer(self, name: str) -> Reply:
        if self.always is not None:
            return self.always
        answers: dict[str, Callable[[], Reply]] = {
            "customers": lambda: (200, {"id": "cus_1"}),
            "ephemeral_keys": lambda: (200, {"id": "ephkey_1", "secret": "ek_1"}),
            "refunds": self.refund,
            "capture": lambda: self.move({"requires_capture"}, to="succeeded"),
            "cancel": lambda: self.move(_CANCELLABLE, to="canceled"),
            "payment_intents": lambda: (200, dict(self.intent)),
        }
        return answers[name.rpartition("/")[2]]()

    def move(self, allowed: set[str], *, to: str) -> Reply:
        if self.intent["status"] in allowed:
            self.intent["status"] = to
            return 200, dict(self.intent)
        error = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}
        shown = {"payment_intent": dict(self.intent)} if self.say_intent else {}
        return 400, {"error": {**error, **shown}}

    def refund(self) -> Reply:
        if self.intent["latest_charge"] is not None:
            return 400, {"error": {"code": "charge_already_refunded"}}
        self.intent["latest_charge"] = {"refunded": True}
        return 200, {"id": "re_1", "status": self.refund_status}
