"""A booking as the saga hands it to the gateways, for tests of what they make of it."""

import dataclasses
import datetime as dt
from typing import Any

from bff.booking.model import Booking, Guest, Method, Point, Terms
from bff.catalogue.model import SlotKind
from bff.money import Money
from tests.fake_clock import NOON

DAY = dt.date(2026, 12, 8)

TERMS = Terms(
    venue_id="v_1",
    experience_id="e_1",
    day=DAY,
    time_text="7:30 PM",
    starts_at=dt.datetime(2026, 12, 8, 19, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    party_size=2,
    kind=SlotKind.INSTANT,
    shift_persistent_id="v_1-DINNER-1",
    access_persistent_id="v_1-access-1",
    price=Money(36000, "SGD"),
)

GUEST = Guest(
    customer_number="00012345",
    member_number="CT0000001A",
    first_name="Mei",
    last_name="Tan",
    email="mei@example.test",
    phone_number="+6580000000",
    notes="A quiet table",
)

BOOKING = Booking(
    id="bk_1",
    member_id="sub_1",
    idempotency_key="k" * 16,
    input_hash="h",
    method=Method.CARD,
    terms=TERMS,
    guest=GUEST,
    point=Point.ACCEPTED,
    created_at=NOON,
    updated_at=NOON,
    deadline_at=NOON + dt.timedelta(hours=1),
    due_at=NOON,
)


def booking(*, guest: dict[str, Any] | None = None, **changes: Any) -> Booking:
    terms = dataclasses.replace(TERMS, **changes.pop("terms", {}))
    return dataclasses.replace(
        BOOKING, terms=terms, guest=dataclasses.replace(GUEST, **(guest or {})), **changes
    )
