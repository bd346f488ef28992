"""Whose webhook it is."""

import datetime as dt
import hashlib
import hmac
import json

import pytest
import stripe

from clients.stripe.webhooks import BadEvent, BadSignature, event, verify

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
STAMP = int(NOW.timestamp())
BODY = b'{"id":"evt_1", "type":"payment_intent.succeeded"}'
OLD, NEW = "whsec_old", "whsec_new"


def signature(body: bytes = BODY, secret: str = NEW, stamp: int | str = STAMP) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def header(body: bytes = BODY, secret: str = NEW, stamp: int | str = STAMP) -> str:
    return f"t={stamp},v1={signature(body, secret, stamp)}"


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_either_secret_of_a_rotation_is_taken(secret: str) -> None:
    verify(BODY, header(secret=secret), [OLD, NEW], NOW)


def test_what_stripes_own_sdk_signs_is_taken() -> None:
    made = stripe.WebhookSignature.generate_signature_header(BODY.decode(), NEW, STAMP)
    verify(BODY, made, [NEW], NOW)


def test_one_good_signature_among_several_is_enough() -> None:
    verify(BODY, f"t={STAMP},v1={'0' * 64},v1={signature()},v0=abc", [NEW], NOW)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "t=",
        "nonsense",
        f"t={STAMP}",
        f"v1={signature()}",
        f"t={STAMP},v1=",
        f"t={STAMP},v0={signature()}",
        f"t={STAMP},v1={signature()[:-1]}",
        f"t={STAMP + 1},v1={signature()}",
        f"t={STAMP},t={STAMP},v1={signature()}",
        f"t=-{STAMP},v1={signature(stamp=-STAMP)}",
        f"t=1e9,v1={signature(stamp='1e9')}",
        f"t=٣,v1={signature(stamp='٣')}",
        f"t={'9' * 400},v1={signature(stamp='9' * 400)}",
        f"t={STAMP},v1=é",
        header(secret="whsec_other"),
        header(body=BODY + b" "),
    ],
)
def test_anything_else_is_refused(bad: str) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, bad, [OLD, NEW], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["  "]])
def test_without_a_secret_nothing_is_taken(secrets: list[str]) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, header(secret=secrets[0] if secrets else ""), secrets, NOW)


@pytest.mark.parametrize(("seconds", "taken"), [(300, True), (-300, True), (301, False)])
def test_a_signature_holds_for_five_minutes(seconds: int, taken: bool) -> None:  # noqa: FBT001
    then = NOW + dt.timedelta(seconds=seconds)
    if taken:
        verify(BODY, header(), [NEW], then)
    else:
        with pytest.raises(BadSignature):
            verify(BODY, header(), [NEW], then)


def test_a_signature_from_the_future_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(BODY, header(), [NEW], NOW - dt.timedelta(seconds=301))


def test_the_raw_bytes_are_signed_not_the_json() -> None:
    same_json = json.dumps(json.loads(BODY)).encode()
    with pytest.raises(BadSignature):
        verify(same_json, header(), [NEW], NOW)


def test_bytes_that_are_no_utf8_can_be_verified() -> None:
    verify(b"\xff\xfe", header(body=b"\xff\xfe"), [NEW], NOW)


def test_an_event_names_the_booking_of_its_object() -> None:
    told = event(
        json.dumps(
            {
                "id": "evt_1",
                "type": "payment_intent.canceled",
                "data": {"object": {"id": "pi_1", "metadata": {"booking_id": "b1"}}},
            }
        ).encode()
    )
    assert (told.id, told.type, told.booking_id) == ("evt_1", "payment_intent.canceled", "b1")


@pytest.mark.parametrize("data", [None, 5, [], {"object": None}, {"object": {"metadata": []}}])
def test_an_event_may_name_no_booking(data: object) -> None:
    told = event(json.dumps({"id": "evt_1", "type": "x", "data": data}).encode())
    assert told.booking_id is None


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"{}", b'{"id":"evt_1"}'])
def test_a_signed_body_may_still_be_no_event(body: bytes) -> None:
    with pytest.raises(BadEvent):
        event(body)
