"""Venues, experiences, members and bookings to be shown; made up."""

import datetime as dt
from dataclasses import replace

from bff.auth.principal import Principal
from bff.booking.model import PaymentStatus, Status
from bff.booking.view import BookingView, PaymentView
from bff.catalogue.model import Experience, Image, Slot, SlotKind, Venue
from bff.members.model import MemberSession, Profile
from bff.members.outcomes import SignedIn
from bff.members.ports import IssuedTokens
from bff.money import Money
from tests.fake_clock import NOON

SINGAPORE = dt.timezone(dt.timedelta(hours=8))
TODAY = NOON.date()
ADA = Principal(sub="sub-ada", username="ada", client_id="app", token_expires_at=NOON)
BOB = replace(ADA, sub="sub-bob", username="bob")


def venue(number: int) -> Venue:
    return Venue(
        id=f"v{number}",
        name=f"Café {number}",
        time_zone="Asia/Singapore",
        city=("Singapore", "Zürich")[number % 2],
        images=(Image(url="https://pictures.example/v.png", width=8, height=6),),
    )


def experience(number: int, venues: int = 5) -> Experience:
    return Experience(
        id=f"e{number:03}",
        venue_id=f"v{number % venues}",
        name=f"Dinner {number}",
        summary="Crème brûlée" if number % 7 == 0 else None,
        is_featured=number % 3 == 0,
        price_from=Money(10_000, "SGD"),
        sort_order=number // 2,
    )


def slot(experience_id: str, venue_id: str, day: dt.date, party_size: int, hour: int = 19) -> Slot:
    return Slot(
        venue_id=venue_id,
        experience_id=experience_id,
        day=day,
        time_text=f"{hour}:00:00",
        starts_at=dt.datetime.combine(day, dt.time(hour), SINGAPORE),
        party_size=party_size,
        kind=SlotKind.INSTANT,
        shift_persistent_id="shift",
        access_persistent_id="access",
        remaining=3,
        price=Money(10_000 * party_size, "SGD"),
    )


def session(sub: str = "sub-ada", first_name: str = "Ada") -> MemberSession:
    return MemberSession(
        sub=sub,
        profile=Profile(
            customer_number=f"C-{sub}",
            first_name=first_name,
            last_name="Tan",
            email=f"{first_name.lower()}@example.org",
        ),
        member_number="M1",
        profile_token="canary-profile-token",
        expires_at=NOON + dt.timedelta(hours=20),
    )


def booking(number: int = 1, **changes: object) -> BookingView:
    starts_at = dt.datetime(2026, 12, 1, 19, tzinfo=SINGAPORE) + dt.timedelta(days=number)
    made = BookingView(
        id=f"b{number:03}",
        status=Status.CONFIRMED,
        status_reason=None,
        experience_id="e001",
        venue_id="v1",
        starts_at=starts_at,
        party_size=2,
        confirmation_code="ABC",
        payment=PaymentView(status=PaymentStatus.PAID, points=200),
        is_cancellable=True,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields' own names and types


def signed_in() -> SignedIn:
    tokens = IssuedTokens(
        access_token="an-access-token",
        id_token="an-id-token",
        refresh_token=None,
        expires_in_seconds=3600,
    )
    return SignedIn(session=session(), tokens=tokens, expires_at=NOON + dt.timedelta(hours=1))
