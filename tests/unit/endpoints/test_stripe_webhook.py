"""The webhook checks, writes down, wakes, answers."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bff.booking.ports import Ledger, Wakeups
from bff.endpoints.stripe_webhook import MAX_BODY_BYTES, stripe_webhook

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SECRETS = ("whsec_old", "whsec_new")


class Clock:
    def now(self) -> dt.datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


class Inbox:
    def __init__(self) -> None:
        self.events: list[tuple[str, str, dt.datetime]] = []
        self.is_broken = False

    async def record_event(self, event_id: str, booking_id: str, now: dt.datetime) -> bool:
        if self.is_broken:
            raise OSError("disk full at /secret/path")
        known = any(event_id == seen for seen, _, _ in self.events)
        self.events.append((event_id, booking_id, now))
        return not known


class Bell:
    def __init__(self) -> None:
        self.woken: list[str] = []
        self.is_broken = False

    async def wake(self, booking_id: str, delay_seconds: float = 0) -> None:
        assert delay_seconds == 0
        if self.is_broken:
            raise OSError("nobody there")
        self.woken.append(booking_id)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
async def http(inbox: Inbox, bell: Bell) -> AsyncIterator[httpx.AsyncClient]:
    endpoint = stripe_webhook(
        cast("Ledger", inbox), cast("Wakeups", bell), Clock(), lambda: SECRETS
    )
    app = Starlette(routes=[Route("/hook", endpoint, methods=["POST"])])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bff.test"
    ) as client:
        yield client


def body(kind: str = "payment_intent.amount_capturable_updated", **told_of: Any) -> bytes:
    told_of = told_of or {"metadata": {"booking_id": "b1"}}
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": told_of}}).encode()


def signed(content: bytes, secret: str = SECRETS[1]) -> dict[str, str]:
    stamp = int(NOW.timestamp())
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={stamp},v1={mac}"}


async def test_a_signed_event_is_written_down_and_wakes_its_booking(
    http: httpx.AsyncClient, inbox: Inbox, bell: Bell
) -> None:
    answer = await http.post("/hook", content=body(), headers=signed(body()))
    assert answer.status_code == 202
    assert inbox.events == [("evt_1", "b1", NOW)]
    assert bell.woken == ["b1"]


async def test_an_event_sent_again_wakes_again(
    http: httpx.AsyncClient, inbox: Inbox, bell: Bell
) -> None:
    for secret in SECRETS:
        answer = await http.post("/hook", content=body(), headers=signed(body(), secret))
        assert answer.status_code == 202
    assert len(inbox.events) == 2
    assert bell.woken == ["b1", "b1"]


@pytest.mark.parametrize("headers", [{}, {"stripe-signature": "t=1,v1=00"}, signed(b"other")])
async def test_what_stripe_did_not_sign_is_refused(
    http: httpx.AsyncClient, inbox: Inbox, headers: dict[str, str]
) -> None:
    answer = await http.post("/hook", content=body(), headers=headers)
    assert (answer.status_code, answer.content) == (400, b"")
    assert inbox.events == []


async def test_a_signed_body_that_is_no_event_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/hook", content=b"[]", headers=signed(b"[]"))).status_code == 400


@pytest.mark.parametrize(
    "content",
    [
        body(metadata={}),
        body(id="re_1", payment_intent="pi_1"),
        body("customer.created"),
        body("invented.by_stripe.later"),
    ],
)
async def test_what_is_none_of_ours_is_taken_and_forgotten(
    http: httpx.AsyncClient, inbox: Inbox, content: bytes
) -> None:
    answer = await http.post("/hook", content=content, headers=signed(content))
    assert answer.status_code == 200
    assert inbox.events == []


@pytest.mark.parametrize("kind", ["charge.refunded", "refund.updated", "payment_intent.new_kind"])
async def test_charges_and_refunds_of_ours_count(
    http: httpx.AsyncClient, bell: Bell, kind: str
) -> None:
    content = body(kind)
    assert (await http.post("/hook", content=content, headers=signed(content))).is_success
    assert bell.woken == ["b1"]


async def test_what_could_not_be_written_down_must_come_again(
    http: httpx.AsyncClient, inbox: Inbox, bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.is_broken = True
    answer = await http.post("/hook", content=body(), headers=signed(body()))
    assert (answer.status_code, answer.content) == (503, b"")
    assert bell.woken == []
    assert "secret" not in caplog.text


async def test_a_wake_up_that_is_lost_loses_nothing(http: httpx.AsyncClient, bell: Bell) -> None:
    bell.is_broken = True
    assert (await http.post("/hook", content=body(), headers=signed(body()))).status_code == 202


async def test_a_flood_is_cut_off(http: httpx.AsyncClient, inbox: Inbox) -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 64 * 1024
            yield b"x" * 64 * 1024

    answer = await http.post("/hook", content=flood())
    assert answer.status_code == 413
    assert sent <= MAX_BODY_BYTES + 64 * 1024
    assert inbox.events == []
