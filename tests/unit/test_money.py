from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.money import Money, Rate, money, points_for

SGD = Rate(currency="SGD", from_rate=Decimal(100), to_rate=Decimal(1))


@pytest.mark.parametrize(
    ("value", "currency", "amount"),
    [("10", "SGD", 1000), ("10.005", "sgd", 1001), ("1800", "JPY", 1800), ("1.2345", "KWD", 1235)],
)
def test_money_is_counted_in_the_minor_units_of_its_currency(
    value: str, currency: str, amount: int
) -> None:
    assert money(Decimal(value), currency) == Money(amount, currency.upper())


def test_points_are_rounded_up() -> None:
    rate = Rate(currency="SGD", from_rate=Decimal(100), to_rate=Decimal(3))
    assert points_for(Money(100, "SGD"), [rate]) == 34


def test_points_are_not_taken_where_the_crm_has_no_usable_rate() -> None:
    broken = Rate(currency="JPY", from_rate=Decimal(0), to_rate=Decimal(1))
    assert points_for(Money(100, "JPY"), [SGD, broken]) is None


def test_a_zero_decimal_currency_is_converted_by_whole_units() -> None:
    rate = Rate(currency="JPY", from_rate=Decimal(1), to_rate=Decimal(1))
    assert points_for(Money(1800, "JPY"), [rate]) == 1800


@given(
    st.integers(min_value=0, max_value=10**9),
    st.decimals(min_value="0.01", max_value=1000, places=2),
)
def test_points_always_cover_the_price_and_never_by_a_whole_point(
    amount: int, to_rate: Decimal
) -> None:
    rate = Rate(currency="SGD", from_rate=Decimal(1), to_rate=to_rate)
    points = points_for(Money(amount, "SGD"), [rate])
    assert points is not None
    worth = points * to_rate * 100
    assert amount <= worth < amount + to_rate * 100
