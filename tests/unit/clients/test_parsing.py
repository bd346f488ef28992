import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import parsing


@pytest.mark.parametrize(
    ("value", "expected"),
    [("7", 7), (7, 7), (Decimal("7.0"), 7), (" 7 ", 7), ("7.5", None), (True, None), ([], None)],
)
def test_whole_numbers_come_as_numbers_or_text(value: object, expected: int | None) -> None:
    assert parsing.whole({"n": value}, "n") == expected


@pytest.mark.parametrize("value", ["1e999999999", "-1e999999", "NaN", "Infinity", "", "x", None])
def test_a_number_that_is_none_or_monstrous_is_none(value: object) -> None:
    assert parsing.number({"n": value}, "n") is None
    assert parsing.whole({"n": value}, "n") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("  Quay ", "Quay"), (7, "7"), ("", None), ("  ", None), (True, None), ({}, None)],
)
def test_text_is_trimmed_and_numbers_count_as_text(value: object, expected: str | None) -> None:
    assert parsing.text({"t": value}, "t") == expected


def test_half_a_character_does_not_get_into_our_answers() -> None:
    row = parsing.decoded(b'{"t": "a\\ud800b"}')
    found = parsing.text(row, "t")
    assert found is not None
    assert found.encode() == b"a?b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("false", False), (1, True), ("0", False), ("maybe", None), (None, None)],
)
def test_truth_comes_in_many_spellings(value: object, *, expected: bool | None) -> None:
    assert parsing.flag({"f": value}, "f") is expected


def test_a_time_without_an_offset_is_taken_in_the_zone_given() -> None:
    row = {"at": "2025-03-02T08:15:30.120045", "with": "2025-03-02T08:15:30+08:00"}
    assert parsing.moment(row, "at", dt.UTC) == dt.datetime(
        2025, 3, 2, 8, 15, 30, 120045, tzinfo=dt.UTC
    )
    assert parsing.moment(row, "with", dt.UTC) == dt.datetime(2025, 3, 2, 0, 15, 30, tzinfo=dt.UTC)
    assert parsing.day(row, "at") == dt.date(2025, 3, 2)
    assert parsing.day({"at": "soon"}, "at") is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"NaN", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        parsing.decoded(body)


def test_fractions_stay_exact() -> None:
    assert parsing.decoded(b"0.1") == Decimal("0.1")


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(value=ANYTHING)
def test_no_value_makes_a_reader_raise(value: Any) -> None:
    row = {"x": value}
    for reader in (parsing.text, parsing.number, parsing.whole, parsing.flag, parsing.day):
        reader(row, "x")
    parsing.moment(row, "x", dt.UTC)
    assert not list(parsing.records(parsing.record(value)))
