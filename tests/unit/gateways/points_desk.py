"""A booking, its member's session, and a points gateway over a Memberson of set answers."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx

from bff.booking.model import Booking, Guest, Method, Point, Terms
from bff.catalogue.model import SlotKind
from bff.gateways.points import MembersonPoints
from bff.members.model import MemberSession, Profile
from bff.money import Money
from bff.settings import MembersonSettings
from tests.fake_clock import NOON, FakeClock
from tests.memberson_wire import Crm, linked, reads, says, writes

RECEIPT = "bk-1-1"
SETTINGS = MembersonSettings(
    url="https://crm.test",
    point_type="C21 Points",
    location="HQ",
    time_zone="Asia/Singapore",
    history=True,
    cancel=True,
)
BOOKING = Booking(
    id="bk-1",
    member_id="sub-1",
    idempotency_key="key-of-the-app-1",
    input_hash="h",
    method=Method.POINTS,
    terms=Terms(
        venue_id="v1",
        experience_id=None,
        day=NOON.date(),
        time_text="7:00 PM",
        starts_at=NOON,
        party_size=2,
        kind=SlotKind.INSTANT,
        shift_persistent_id=None,
        access_persistent_id=None,
        price=Money(300, "SGD"),
        points=300,
    ),
    guest=Guest(
        customer_number="00012345",
        member_number="CT0000001A",
        first_name="Mei",
        last_name="Tan",
        email="mei@example.test",
    ),
    point=Point.HELD,
    created_at=NOON - dt.timedelta(minutes=1),
    updated_at=NOON,
    deadline_at=NOON,
    due_at=None,
)
UNNUMBERED = replace(BOOKING, guest=replace(BOOKING.guest, member_number=None))
SESSION = MemberSession(
    sub="sub-1",
    profile=Profile(
        customer_number="00012345", first_name="Mei", last_name="Tan", email="mei@example.test"
    ),
    member_number=None,
    profile_token="p-1",
    expires_at=NOON + dt.timedelta(hours=1),
)


class Drawer:
    """Where member sessions are kept."""

    def __init__(self, session: MemberSession | None) -> None:
        self.session = session

    async def keep(self, session: MemberSession) -> None:
        self.session = session

    async def load(self, sub: str) -> MemberSession | None:
        return self.session if self.session and self.session.sub == sub else None


@contextlib.asynccontextmanager
async def opened(
    crm: Crm, session: MemberSession | None = SESSION, *, history: bool = True, cancel: bool = True
) -> AsyncIterator[MembersonPoints]:
    clock = FakeClock()
    async with linked(crm, clock) as link:
        settings = replace(SETTINGS, history=history, cancel=cancel)
        yield MembersonPoints(reads(link), writes(link), Drawer(session), settings, clock)


def balance(points: float, number: str = "CT0000001A") -> httpx.Response:
    account = {"PointType": "C21 Points", "Balance": points}
    one = {"MemberNo": number, "Status": "ACTIVE", "AccountSummaries": [account]}
    return says({"MembershipSummaries": [one]})
