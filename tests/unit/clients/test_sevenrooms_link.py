import dataclasses
import datetime as dt

import httpx
import pytest

from clients.errors import (
    Malformed,
    NotSent,
    OutcomeUnknown,
    Refused,
    Unauthorised,
    UpstreamError,
)
from clients.sevenrooms.auth import fetch_token
from clients.sevenrooms.paths import Operation, Operations, filled
from clients.sevenrooms.read import SevenRoomsReads
from clients.transport import open_transport
from tests.sevenrooms_wire import BASE, CONCIERGE, Wire, linked, reading, refuses, says, writing

VENUES = CONCIERGE + "/venues"
BOOK = CONCIERGE + "/venues/v_1/book"
TOKEN = "0f" * 64


async def authenticated(answer: httpx.Response, wire: Wire) -> tuple[str, dt.datetime | None]:
    wire.on("POST", "/auth", answer)
    async with open_transport(
        "sevenrooms", BASE, timeout_seconds=5, wire=httpx.MockTransport(wire.handle)
    ) as transport:
        fetched = await fetch_token(transport, "our-id", "our-secret")
    return fetched.value, fetched.expires_at


async def test_signing_in_sends_a_form_and_reads_the_expiry_as_utc() -> None:
    wire = Wire()
    said = {"token": TOKEN, "token_expiration_datetime": "2025-03-02T08:15:30.120045"}
    token, expires_at = await authenticated(says(said), wire)
    assert token == TOKEN
    assert expires_at == dt.datetime(2025, 3, 2, 8, 15, 30, 120045, tzinfo=dt.UTC)
    assert wire.form("POST", "/auth") == {"client_id": "our-id", "client_secret": "our-secret"}
    assert "authorization" not in wire.requests[0].headers


async def test_a_token_without_an_expiry_is_taken() -> None:
    assert await authenticated(says({"token": TOKEN}), Wire()) == (TOKEN, None)


@pytest.mark.parametrize(
    "answer",
    [
        says({"token": None}),
        says(None),
        says({"token": "two\nlines"}),
        httpx.Response(200, content=b"<html>"),
    ],
)
async def test_an_answer_without_a_usable_token_is_malformed(answer: httpx.Response) -> None:
    with pytest.raises(Malformed):
        await authenticated(answer, Wire())


async def test_the_token_goes_bare_into_the_header() -> None:
    wire = Wire()
    wire.on("GET", VENUES, says([]))
    async with reading(wire) as reads:
        await reads.venues()
    assert wire.requests[0].headers["authorization"] == "token-1"


async def test_a_refused_token_is_renewed_once_and_the_write_repeated() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, refuses(401), says({"reservation_id": "res_1"}))
    async with writing(wire) as writes:
        booked = await writes.book("v_1", {"party_size": 2})
    assert booked.reservation_id == "res_1"
    assert wire.tokens.refused == ["token-1"]
    assert [each.headers["authorization"] for each in wire.requests] == ["token-1", "token-2"]


async def test_a_token_refused_again_is_not_renewed_a_second_time() -> None:
    wire = Wire()
    wire.on("GET", VENUES, refuses(401))
    async with reading(wire) as reads:
        with pytest.raises(Unauthorised):
            await reads.venues()
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refuses(400), Refused),
        (refuses(404), Refused),
        (refuses(429), NotSent),
        (refuses(408), OutcomeUnknown),
        (refuses(503), OutcomeUnknown),
        (httpx.ReadError("gone"), OutcomeUnknown),
        (httpx.ConnectError("nobody there"), NotSent),
    ],
)
async def test_failures_are_sorted_by_what_the_caller_must_do(
    answer: httpx.Response | Exception, kind: type[UpstreamError]
) -> None:
    wire = Wire()
    wire.on("PUT", BOOK, answer)
    async with writing(wire) as writes:
        with pytest.raises(kind):
            await writes.book("v_1", {})


async def test_a_refusal_carries_the_vendors_sentence_but_does_not_print_it() -> None:
    wire = Wire()
    wire.on("PUT", BOOK, refuses(400, "Guest Mei Tan is unknown"))
    async with writing(wire) as writes:
        with pytest.raises(Refused) as caught:
            await writes.book("v_1", {})
    assert caught.value.code == "Guest Mei Tan is unknown"
    assert "Mei" not in str(caught.value)


UNREADABLE = [
    httpx.Response(200, content=b"<html>busy</html>"),
    httpx.Response(200, content=b""),
    httpx.Response(200, content=b"[1]"),
    httpx.Response(200, content=b"null"),
    httpx.Response(200, content=b'{"status": 500, "data": {"reservation_id": "r"}}'),
    httpx.Response(200, content=b'{"data": NaN}'),
    httpx.Response(200, content=b'{"data": ' + b"[" * 100_000),
    httpx.Response(200, content=b"\xff\xfe{"),
]


@pytest.mark.parametrize("answer", UNREADABLE)
async def test_a_read_that_cannot_be_understood_is_malformed(answer: httpx.Response) -> None:
    wire = Wire()
    wire.on("GET", VENUES, answer)
    async with reading(wire) as reads:
        with pytest.raises(Malformed):
            await reads.venues()


@pytest.mark.parametrize("answer", [*UNREADABLE, says(None), says({"reservation_id": None})])
async def test_a_write_that_was_answered_unreadably_may_have_been_done(
    answer: httpx.Response,
) -> None:
    wire = Wire()
    wire.on("PUT", BOOK, answer)
    async with writing(wire) as writes:
        with pytest.raises(OutcomeUnknown):
            await writes.book("v_1", {})


async def test_an_id_cannot_lead_to_another_path() -> None:
    wire = Wire()
    path = CONCIERGE + "/reservations/..%2F..%2Fvenues%3Fx"
    wire.on("GET", path, says({"id": "res_1"}))
    async with reading(wire) as reads:
        await reads.reservation("../../venues?x")
        for trick in ("", ".", ".."):
            with pytest.raises(Refused):
                await reads.reservation(trick)
    assert len(wire.requests) == 1


async def test_an_operation_that_a_tenant_has_elsewhere_is_replaced_as_data() -> None:
    wire = Wire()
    wire.on("GET", "/venues/v_1/requests", says({"results": []}))
    elsewhere = Operations(requests=Operation("requests", "GET", "/venues/v_1/requests"))
    async with linked(wire) as link:
        moved = dataclasses.replace(link, operations=elsewhere)
        today = dt.date(2025, 3, 8)
        assert await SevenRoomsReads(moved).requests("v_1", today, today) == ()


def test_every_operation_that_changes_something_says_so() -> None:
    operations = Operations()
    for name in operations.__slots__:
        operation = getattr(operations, name)
        assert operation.writes is (operation.method != "GET"), name


def test_a_path_is_filled_with_quoted_ids() -> None:
    operation = Operations().hold
    path = filled(operation, concierge_id="con 1", venue_id="v/1")
    assert path == "/concierge/con%201/venues/v%2F1/holds"


async def test_no_answer_in_time_is_an_unknown_outcome() -> None:
    async def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    wire = httpx.MockTransport(silent)
    async with open_transport("sevenrooms", BASE, timeout_seconds=5, wire=wire) as transport:
        with pytest.raises(OutcomeUnknown):
            await fetch_token(transport, "our-id", "our-secret")
