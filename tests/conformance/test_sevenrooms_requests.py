"""Every request that our SevenRooms client sends is one that the vendor's document knows."""

import datetime as dt
import urllib.parse
from collections.abc import Awaitable

import httpx
import pytest

from bff.booking.ports import SlotGone
from bff.gateways.reservations import SevenRoomsReservations
from clients.errors import UpstreamError
from clients.sevenrooms.auth import fetch_token
from clients.sevenrooms.link import Link
from clients.sevenrooms.paths import AUTH, Operation, Operations
from clients.sevenrooms.read import ReservationQuery, SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites
from tests.booking_samples import booking
from tests.conformance.vendor_document import Misfit, VendorDocument, load_or_skip
from tests.fake_clock import FakeClock
from tests.sevenrooms_wire import Wire, linked, local_path, refuses, says

DAY = dt.date(2026, 12, 8)
OPERATIONS = Operations()
ALL = [getattr(OPERATIONS, name) for name in Operations.__slots__]


class AnyWire(Wire):
    """Answers every call alike, so that each of ours is made to its end."""

    answer = httpx.Response(200)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.answer.status_code, content=self.answer.content)


@pytest.fixture
def document() -> VendorDocument:
    return load_or_skip()


async def every_read(link: Link) -> None:
    reads = SevenRoomsReads(link)
    calls: list[Awaitable[object]] = [
        reads.venues(),
        reads.venue("v_1"),
        reads.experiences("v_1"),
        reads.availability("v_1", DAY, 2),
        reads.availability_of_many(["v_1", "v_2"], DAY, 2),
        reads.availability_range("v_1", DAY, 31, 2),
        reads.request("v_1", "q_1"),
        reads.reservation("r_1"),
        reads.reservations(ReservationQuery(from_date=DAY, to_date=DAY, phone_number="+658")),
        reads.reservations(ReservationQuery(from_date=DAY, to_date=DAY, name="Mei Tan")),
        reads.requests("v_1", DAY, DAY),
    ]
    await ended(calls)


async def every_write(link: Link) -> None:
    reservations = SevenRoomsReservations(
        SevenRoomsReads(link), SevenRoomsWrites(link), request_search=True, clock=FakeClock()
    )
    full = booking(hold_id="h_1", request_id="q_1", reservation_id="r_1")
    bare = booking(guest={"phone_number": None, "notes": None, "member_number": None})
    calls: list[Awaitable[object]] = [
        reservations.hold(full, 600),
        reservations.release(full),
        reservations.book(full, hold_id="h_1"),
        reservations.book(bare, hold_id=None),
        reservations.request(full),
        reservations.withdraw(full),
        reservations.cancel(full),
    ]
    await ended(calls)


async def ended(calls: list[Awaitable[object]]) -> None:
    """What becomes of a call does not matter here."""
    for call in calls:
        try:
            await call
        except (UpstreamError, SlotGone):
            continue


def form_of(request: httpx.Request) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(request.content.decode(), keep_blank_values=True))


def check(document: VendorDocument, request: httpx.Request) -> None:
    path = local_path(request)
    document.check_request(request.method, path, dict(request.url.params), form_of(request))


async def sent() -> list[httpx.Request]:
    """All that the client can send: answered well, answered with a page more, and refused."""
    wire = AnyWire()
    for answer in (
        says({"results": [], "cursor": 1}),
        says([], cursor=1),
        says({"reservation_id": "r_1", "request_id": "q_1", "reservation_hold_id": "h_1"}),
        refuses(409),
    ):
        wire.answer = answer
        async with linked(wire) as link:
            await every_read(link)
            await every_write(link)
    return wire.requests


def is_of(operation: Operation, request: httpx.Request) -> bool:
    return request.method == operation.method and matches(operation.path, local_path(request))


def matches(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(
        part.startswith("{") or part == actual for part, actual in zip(parts, given, strict=True)
    )


async def test_every_request_fits_the_document(document: VendorDocument) -> None:
    requests = await sent()
    proposed = [each for each in requests if is_of(OPERATIONS.requests, each)]
    for request in requests:
        if request not in proposed:
            check(document, request)
    assert len(requests) - len(proposed) >= 2 * len(ALL)


async def test_every_operation_is_among_them() -> None:
    requests = await sent()
    for operation in ALL:
        assert any(is_of(operation, each) for each in requests), operation.name


def test_only_the_proposed_operation_is_not_in_the_document(document: VendorDocument) -> None:
    unknown = [each for each in ALL if not document.names(each.method, each.path)]
    assert unknown == [OPERATIONS.requests]


async def test_signing_in_fits_the_document(document: VendorDocument) -> None:
    wire = AnyWire()
    wire.answer = says({"token": "t"})
    async with linked(wire) as link:
        await fetch_token(link.transport, "our-id", "our-secret")
    check(document, wire.requests[0])
    assert document.names(AUTH.method, AUTH.path)


def test_a_request_that_does_not_fit_is_found_out(document: VendorDocument) -> None:
    stray = httpx.Request("GET", "http://sr.test/experiences/v_1", params={"colour": "blue"})
    with pytest.raises(Misfit):
        check(document, stray)
