"""Subscriptions as server-sent events: what is sent, and how a stream ends."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from bff.auth.principal import Principal
from bff.booking.model import Status
from bff.booking.view import BookingView
from bff.members.model import MemberSession
from resolvers import event_streams
from resolvers.bodies import BadRequest
from resolvers.event_streams import MAX_STREAMS_OF_ONE
from resolvers.ids import global_id
from tests.fake_clock import NOON
from tests.unit.resolvers.fakes import FakeHistory
from tests.unit.resolvers.front import Front, authenticated_app
from tests.unit.resolvers.samples import ADA, booking
from tests.unit.resolvers.served import served

WATCH = "subscription ($id: ID!) { bookingChanged(id: $id) { status } }"
MINE = global_id("Booking", "b001")
EVENTS = {"accept": "text/event-stream"}
LONG = replace(ADA, token_expires_at=NOON + dt.timedelta(hours=1))


@dataclass
class LiveHistory(FakeHistory):
    """Changes come when the test says so."""

    told: asyncio.Queue[BookingView | None] = field(default_factory=asyncio.Queue)
    open: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def changes(self, member: MemberSession, booking_id: str) -> AsyncIterator[BookingView]:
        self.open += 1
        try:
            while (view := await self.told.get()) is not None:
                yield view
        finally:
            self.open -= 1
            self.left.set()


def app_of(history: FakeHistory, by: Principal | None = LONG) -> ASGIApp:
    return authenticated_app(Front(history=history), by)


@asynccontextmanager
async def watching(
    client: httpx.AsyncClient, query: str = WATCH, method: str = "POST"
) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of the answer's body, as they come."""
    asked: dict[str, Any] = {"query": query, "variables": {"id": MINE}}
    sent: dict[str, Any] = {"json": asked}
    if method == "GET":
        sent = {"params": {**asked, "variables": json.dumps(asked["variables"])}}
    async with client.stream(method, "/graphql", headers=EVENTS, **sent) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-request-id"]
        yield response.aiter_lines()


async def event(lines: AsyncIterator[str]) -> tuple[str, Any]:
    """The next event's name and data; comments are passed over."""
    name = ""
    async for line in lines:
        kind, _, value = line.partition(":")
        if kind == "event":
            name = value.strip()
        elif kind == "data":
            return name, json.loads(value) if value.strip() else None
    raise EOFError


def status(view: str) -> tuple[str, Any]:
    return "next", {"data": {"bookingChanged": {"status": view}}}


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_each_change_is_an_event_and_the_end_is_one_too(method: str) -> None:
    history = LiveHistory()
    async with served(app_of(history)) as client, watching(client, method=method) as lines:
        for one in (Status.PENDING, Status.CONFIRMED):
            history.told.put_nowait(replace(booking(1), status=one))
            assert await event(lines) == status(one.name)
        history.told.put_nowait(None)
        assert await event(lines) == ("complete", None)
        with pytest.raises(EOFError):
            await event(lines)


async def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_streams, "HEARTBEAT_SECONDS", 0.01)
    history = LiveHistory()
    async with served(app_of(history)) as client, watching(client) as lines:
        assert [await anext(lines) for _ in range(4)] == [":", "", ":", ""]
        history.told.put_nowait(booking(1))
        assert await event(lines) == status("CONFIRMED")


async def test_a_client_that_leaves_frees_its_generator() -> None:
    history = LiveHistory()
    async with served(app_of(history)) as client:
        async with watching(client) as lines:
            history.told.put_nowait(booking(1))
            await event(lines)
            assert history.open == 1
        await asyncio.wait_for(history.left.wait(), 5)
        assert history.open == 0


async def test_a_stream_ends_with_its_token_and_says_so() -> None:
    history = LiveHistory()
    short = replace(ADA, token_expires_at=NOON + dt.timedelta(seconds=0.05))
    async with served(app_of(history, short)) as client, watching(client) as lines:
        name, body = await event(lines)
        (error,) = body["errors"]
        assert (name, error["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert error["extensions"]["reason"] == "expired"
        assert await event(lines) == ("complete", None)
    assert history.open == 0


@pytest.mark.parametrize(
    ("query", "by", "code"),
    [
        (WATCH, None, "UNAUTHENTICATED"),
        (WATCH.replace("status", "nothing"), LONG, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", LONG, "GRAPHQL_PARSE_FAILED"),
        (WATCH, replace(LONG, sub="sub-bob"), "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_watched_is_said_in_an_event(
    query: str, by: Principal | None, code: str
) -> None:
    history = LiveHistory()
    async with served(app_of(history, by)) as client, watching(client, query) as lines:
        _, body = await event(lines)
        (error,) = body["errors"]
        assert error["extensions"]["code"] == code
        assert await event(lines) == ("complete", None)
    assert history.open == 0


async def test_a_query_is_one_event_to_who_takes_events_only() -> None:
    query = "query ($id: ID!) { booking(id: $id) { status } }"
    async with served(app_of(FakeHistory())) as client, watching(client, query) as lines:
        assert await event(lines) == ("next", {"data": {"booking": {"status": "CONFIRMED"}}})
        assert await event(lines) == ("complete", None)


async def test_a_failure_half_way_ends_the_stream_without_its_text() -> None:
    class Breaking(FakeHistory):
        async def changes(
            self, member: MemberSession, booking_id: str
        ) -> AsyncIterator[BookingView]:
            yield booking(1)
            raise RuntimeError("secret")

    async with served(app_of(Breaking())) as client, watching(client) as lines:
        assert await event(lines) == status("CONFIRMED")
        _, body = await event(lines)
        assert body["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "secret" not in json.dumps(body)
        assert await event(lines) == ("complete", None)


async def test_one_caller_opens_a_few_streams_at_most() -> None:
    streams = event_streams.OpenStreams()
    with ExitStack() as open_ones:
        for _ in range(MAX_STREAMS_OF_ONE):
            streams.check("a")
            open_ones.enter_context(streams.opened("a"))
        with pytest.raises(BadRequest):
            streams.check("a")
        streams.check("b")
        assert streams.count == MAX_STREAMS_OF_ONE
    streams.check("a")
    assert streams.count == 0


async def test_streams_are_bounded_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_streams, "MAX_STREAMS", 1)
    history = LiveHistory()
    async with served(app_of(history)) as client, watching(client) as lines:
        history.told.put_nowait(booking(1))
        await event(lines)
        body = {"query": WATCH, "variables": {"id": MINE}}
        refused = await client.post("/graphql", json=body, headers=EVENTS)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "12"
