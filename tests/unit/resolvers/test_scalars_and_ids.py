"""Scalars and global ids: exact on the way out, strict on the way in."""

import datetime as dt

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from bff.booking.model import PaymentStatus, Status
from bff.catalogue.model import SlotKind
from bff.members.model import MembershipStatus
from resolvers import availability, bookings, members
from resolvers.connections import page
from resolvers.ids import global_id, raw_id, read_global_id
from resolvers.scalars import SCALARS, URL, NaiveDateTime

DATETIME, DATE, ADDRESS = SCALARS[dt.datetime], SCALARS[dt.date], SCALARS[URL]
SINGAPORE = dt.timezone(dt.timedelta(hours=8))


def test_a_moment_keeps_the_offset_it_was_given() -> None:
    assert DATETIME.serialize is not None
    moment = dt.datetime(2026, 12, 24, 19, 30, tzinfo=SINGAPORE)
    assert DATETIME.serialize(moment) == "2026-12-24T19:30:00+08:00"
    assert DATETIME.serialize(moment.replace(microsecond=1500)) == "2026-12-24T19:30:00.001+08:00"


def test_a_naive_moment_never_leaves() -> None:
    assert DATETIME.serialize is not None
    with pytest.raises(NaiveDateTime):
        DATETIME.serialize(dt.datetime(2026, 12, 24, 19, 30))  # noqa: DTZ001 - the very bug


@pytest.mark.parametrize("text", ["2026-12-24T19:30:00", "now", "", 5, None])
def test_a_moment_without_an_offset_is_not_read(text: object) -> None:
    assert DATETIME.parse_value is not None
    with pytest.raises(GraphQLError):
        DATETIME.parse_value(text)


def test_a_moment_with_an_offset_is_read() -> None:
    assert DATETIME.parse_value is not None
    assert DATETIME.parse_value("2026-12-24T19:30:00Z") == dt.datetime(
        2026, 12, 24, 19, 30, tzinfo=dt.UTC
    )


@pytest.mark.parametrize("value", [5, None, ["https://a.example"]])
def test_an_address_is_text(value: object) -> None:
    assert ADDRESS.parse_value is not None
    with pytest.raises(GraphQLError):
        ADDRESS.parse_value(value)
    assert ADDRESS.parse_value("https://a.example") == "https://a.example"


@given(st.dates())
def test_a_date_comes_back_as_it_went(day: dt.date) -> None:
    assert DATE.parse_value is not None
    assert DATE.serialize is not None
    assert DATE.parse_value(DATE.serialize(day)) == day


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=1, max_size=90))
def test_a_global_id_gives_its_raw_id_back(raw: str) -> None:
    if raw.isprintable():
        assert read_global_id(global_id("Booking", raw)) == ("Booking", raw)
        assert raw_id(global_id("Booking", raw), "Venue") is None


@given(st.text(max_size=600))
def test_any_text_is_a_global_id_or_is_read_as_none(text: str) -> None:
    found = read_global_id(text)
    assert found is None or global_id(*found).rstrip("=") == text.rstrip("=")


@given(st.lists(st.integers(0, 50)), st.integers(1, 7))
def test_pages_hold_every_row_once_and_in_order(keys: list[int], size: int) -> None:
    rows = list(enumerate(keys))
    after, found = None, []
    while True:
        part = page("row", rows, lambda row: (row[1], row[0]), first=size, after=after)
        found += [row for row, _ in part.rows]
        if not part.info.has_next_page:
            break
        after = part.info.end_cursor
    assert found == sorted(rows, key=lambda row: (row[1], row[0]))


@pytest.mark.parametrize(
    ("ours", "shown"),
    [
        (Status, bookings.BookingStatus),
        (PaymentStatus, bookings.PaymentStatus),
        (SlotKind, availability.SlotKind),
        (MembershipStatus, members.MembershipStatus),
    ],
)
def test_every_value_of_ours_has_one_in_the_schema(ours: type, shown: type) -> None:
    assert [it.name for it in ours] == [it.name for it in shown]  # type: ignore[attr-defined]  # both are enums
