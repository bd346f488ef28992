import importlib
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff import telemetry
from bff.booking.model import Point

CANARIES = {
    "email": "mei.tan+club@example.test",
    "encoded email": "mei.tan%40example.test",
    "jwt": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ",
    "stripe key": "sk_test_canary0000canary",
    "publishable key": "pk_live_canary0000canary",
    "webhook secret": "whsec_canary0000canary",
    "ephemeral key": "ek_test_canary0000canary",
    "payment sheet": "pi_3canary_secret_canary123",
    "sevenrooms token": "0123456789abcdef" * 8,
    "memberson token": "7b0f2a66-0000-4000-8000-5c1d2e3f4a5b",
    "aws key": "AKIAIOSFODNN7EXAMPLE",
    "bearer": "Bearer canary.canary",
    "card": "4242 4242 4242 4242",
    "phone": "+65 9123 4567",
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process logs; the loggers are as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in telemetry._CHATTY}
    stream = io.StringIO()
    telemetry.configure_logging(stream, "info")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def only_line(lines: io.StringIO) -> dict[str, Any]:
    (line,) = lines.getvalue().splitlines()
    return dict(json.loads(line))


def test_a_line_says_when_what_where_and_the_facts(lines: io.StringIO) -> None:
    logging.getLogger("bff.booking").info(
        "booking.moved", extra={"booking_id": "bk1", "point": Point.HELD, "attempts": 2}
    )
    line = only_line(lines)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "bff.booking",
        "event": "booking.moved",
        "fields": {"booking_id": "bk1", "point": "HELD", "attempts": 2},
    }


def test_a_booking_id_that_is_a_uuid_stays_readable_as_a_fact(lines: io.StringIO) -> None:
    logging.getLogger("t").info("moved", extra={"booking_id": CANARIES["memberson token"]})
    assert only_line(lines)["fields"]["booking_id"] == CANARIES["memberson token"]


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_no_secret_survives_in_a_message_or_an_exception(lines: io.StringIO, canary: str) -> None:
    error = RuntimeError(f"outer {canary}")
    error.__cause__ = ValueError(f"inner '{canary}' <{canary}>")
    logging.getLogger("t").error("failed with %s", canary, exc_info=error)
    assert canary not in lines.getvalue()
    assert only_line(lines)["error"]["type"] == "RuntimeError"


@pytest.mark.parametrize("canary", [c for name, c in CANARIES.items() if name != "memberson token"])
def test_no_secret_survives_in_a_fact_however_deep(lines: io.StringIO, canary: str) -> None:
    facts = {"url": f"http://h/{canary}/", "rows": [{"deep": (canary,)}], canary: 1}
    logging.getLogger("t").info("asked", extra={"facts": facts})
    assert canary not in lines.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Token", "ProfileToken", "client_secret", "email", "EmailAddress"),
        *("phone_number", "first_name", "authorization", "SvcAuth", "guest_notes", "cookie"),
        *("refreshToken", "stripe-signature", "dob", "payment_sheet", "api_key"),
    ],
)
@pytest.mark.parametrize("value", ["canary", b"canary", 4711, ["canary"], {"x": "canary"}])
def test_a_telling_name_hides_its_value_whatever_it_is(
    lines: io.StringIO, name: str, value: object
) -> None:
    logging.getLogger("t").info("asked", extra={"facts": {name: value}})
    assert only_line(lines)["fields"]["facts"] == {name: telemetry.HIDDEN}


@pytest.mark.parametrize(
    "text",
    [
        "{'Password': 'canary 1', 'x': 1}",
        '{"refreshToken": "canary 1"}',
        "token=canary-1&x=1",
        "api_key : canary-1",
        "notes='canary",
    ],
)
def test_a_value_assigned_to_a_telling_word_is_hidden_in_prose(text: str) -> None:
    assert "canary" not in telemetry.cleaned(text)


def test_an_object_we_do_not_know_shows_its_type_only(lines: io.StringIO) -> None:
    class Person:
        def __repr__(self) -> str:
            return "canary"

    logging.getLogger("t").info(
        "asked", extra={"who": Person(), "why": ValueError("canary"), "card_free": None}
    )
    assert only_line(lines)["fields"] == {
        "who": "<Person>",
        "why": "ValueError",
        "card_free": None,
    }


def test_a_number_as_long_as_a_card_number_is_hidden(lines: io.StringIO) -> None:
    logging.getLogger("t").info("asked", extra={"a": 4242424242424242, "b": 10**5000, "c": 7})
    assert only_line(lines)["fields"] == {"a": "[hidden]", "b": "[hidden]", "c": 7}


def test_a_line_that_cannot_be_formatted_is_told_without_its_arguments() -> None:
    record = logging.makeLogRecord({"msg": "%d seats", "args": ("canary",), "levelname": "INFO"})
    line = telemetry.JsonLines().format(record)
    assert json.loads(line)["event"] == "a log line that cannot be written"
    assert "canary" not in line


def test_the_password_within_an_address_is_hidden() -> None:
    text = telemetry.cleaned("cannot reach redis://canary:hunter2@cache:6379/0")
    assert text == "cannot reach redis://[hidden]@cache:6379/0"


@given(message=st.text(), value=st.text())
def test_any_text_makes_exactly_one_line_of_json(message: str, value: str) -> None:
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", "fact": value})
    line = telemetry.JsonLines().format(record)
    assert len(line.splitlines()) == 1
    assert json.loads(line)["level"] == "info"


def test_an_endless_text_is_cut_and_no_half_secret_is_left() -> None:
    secret = "0123456789abcdef" * 8
    text = "x" * (telemetry._MAX_TEXT - 30) + " " + secret + " y" * 100_000
    short = telemetry.cleaned(text)
    assert len(short) <= telemetry._MAX_TEXT
    assert "0123456789abcdef" not in short


def test_a_deep_fact_ends_somewhere(lines: io.StringIO) -> None:
    deep: list[Any] = []
    deep.append(deep)
    logging.getLogger("t").info("asked", extra={"deep": deep})
    assert "[deep]" in lines.getvalue()


def test_request_libraries_do_not_log_their_requests(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET http://upstream/?x=1")
    logging.getLogger("botocore.parsers").info("body")
    assert lines.getvalue() == ""


def test_importing_it_changes_no_logger() -> None:
    before = (logging.getLogger().handlers[:], logging.getLogger("stripe").level)
    importlib.reload(telemetry)
    assert (logging.getLogger().handlers[:], logging.getLogger("stripe").level) == before


def test_a_member_has_one_name_in_logs_and_it_is_not_the_sub() -> None:
    sub = "0c9d2e5a-0000-4000-8000-000000000001"
    assert telemetry.member_hash(sub) == telemetry.member_hash(sub)
    assert telemetry.member_hash(sub) != telemetry.member_hash(sub + "x")
    assert sub[:8] not in telemetry.member_hash(sub)


def test_a_line_names_the_request_that_it_was_written_for() -> None:
    formatter = telemetry.JsonLines(lambda: {"request_id": "request-1"})
    record = logging.LogRecord("a", logging.INFO, "", 0, "event", (), None)
    assert json.loads(formatter.format(record))["request_id"] == "request-1"
