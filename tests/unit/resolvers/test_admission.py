"""Room for requests: who finds none is sent away; who leaves or takes too long gives it back."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from starlette.types import Message

from bff.booking.outcomes import PointsOutcome
from bff.catalogue.model import CatalogueView
from bff.edge_settings import EdgeSettings
from bff.members.model import MemberSession
from clients.until import seconds_left
from resolvers.asgi import GraphQLApp, build_graphql_app
from resolvers.schema import SchemaOptions
from tests.unit.resolvers.fakes import FakeBookings, FakeCatalogue
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA

LOOK = '{"query": "{ experience(id: \\"a\\") { name } }"}'
BOOK = """{"query": "mutation { bookWithPoints(input: {idempotencyKey: \\"0123456789abcdef\\",
    slotId: \\"s\\"}) { __typename } }"}""".replace("\n", " ")


@dataclass
class SlowCatalogue(FakeCatalogue):
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def view(self) -> CatalogueView:
        self.asked.set()
        await self.go_on.wait()
        return await super().view()


@dataclass
class SlowBookings(FakeBookings):
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def book_with_points(
        self, member: MemberSession, *, key: str, slot_id: str, notes: str | None
    ) -> PointsOutcome:
        self.begun.set()
        await self.go_on.wait()
        self.ended.set()
        return self.points


class Client:
    """One request, which may leave at any time."""

    def __init__(self, app: GraphQLApp, body: str) -> None:
        self.sent: list[Message] = []
        self._parts: asyncio.Queue[Message] = asyncio.Queue()
        self._parts.put_nowait({"type": "http.request", "body": body.encode()})
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
            "state": {"principal": ADA, "client_address": "192.0.2.7"},
        }
        self.task = asyncio.ensure_future(app(scope, self._parts.get, self._send))

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def leave(self) -> None:
        self._parts.put_nowait({"type": "http.disconnect"})
        await self.task

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> Mapping[bytes, bytes]:
        return dict(self.sent[0]["headers"])


def app_of(front: Front, **bounds: float) -> GraphQLApp:
    edge = EdgeSettings(**bounds)  # type: ignore[arg-type]  # some are whole
    return build_graphql_app(front.services, SchemaOptions(), edge)


async def test_who_finds_no_room_is_sent_away_at_once_and_readiness_turns() -> None:
    catalogue = SlowCatalogue()
    front = Front(catalogue=catalogue)
    app = app_of(front, max_requests=1)
    first = Client(app, LOOK)
    await catalogue.asked.wait()
    assert await app.is_calm()
    second = Client(app, "this is not even read")
    await second.task
    assert second.status == 503
    assert second.headers[b"retry-after"] == b"1"
    assert not await app.is_calm()
    catalogue.go_on.set()
    await first.task
    assert first.status == 200
    third = Client(app, LOOK)
    await third.task
    assert third.status == 200
    assert not await app.is_calm()
    front.clock.advance(6)
    assert await app.is_calm()


async def test_a_client_that_leaves_frees_its_place() -> None:
    catalogue = SlowCatalogue()
    app = app_of(Front(catalogue=catalogue), max_requests=1)
    first = Client(app, LOOK)
    await catalogue.asked.wait()
    await first.leave()
    assert first.sent == []
    assert app._admission.present == 0
    catalogue.go_on.set()
    second = Client(app, LOOK)
    await second.task
    assert second.status == 200


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_booking_that_was_begun_goes_on_without_its_client(*, leaves: bool) -> None:
    bookings = SlowBookings()
    app = app_of(Front(bookings=bookings), deadline_seconds=20 if leaves else 0.05)
    client = Client(app, BOOK)
    await bookings.begun.wait()
    if leaves:
        await client.leave()
    else:
        await client.task
        assert client.status == 504
    assert app._admission.present == 0
    assert not bookings.ended.is_set()
    bookings.go_on.set()
    await asyncio.wait_for(bookings.ended.wait(), 5)
    await app.drain()
    assert not app._admission._left


async def test_a_query_that_takes_too_long_is_given_up() -> None:
    app = app_of(Front(catalogue=SlowCatalogue()), deadline_seconds=0.05)
    client = Client(app, LOOK)
    await client.task
    assert client.status == 504
    assert b"DEADLINE_EXCEEDED" in client.sent[1]["body"]
    assert app._admission.present == 0
    await app.drain()
    assert not app._admission._left


@dataclass
class HurriedCatalogue(FakeCatalogue):
    left: list[float] = field(default_factory=list)

    async def view(self) -> CatalogueView:
        self.left.append(seconds_left(writes=False) or 0)
        return await super().view()


async def test_what_is_asked_for_a_request_is_told_when_the_request_ends() -> None:
    catalogue = HurriedCatalogue()
    client = Client(app_of(Front(catalogue=catalogue), deadline_seconds=7), LOOK)
    await client.task
    assert 0 < catalogue.left[0] <= 7
