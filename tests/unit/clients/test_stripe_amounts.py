from decimal import Decimal

import pytest

from clients.stripe.amounts import stripe_amount


@pytest.mark.parametrize(
    ("units", "currency", "amount"),
    [
        ("12.50", "SGD", 1250),
        ("12.50", "sgd", 1250),
        ("18000", "JPY", 18000),
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("5", "MGA", 5),
        ("12.340", "KWD", 12340),
    ],
)
def test_amounts_are_counted_as_stripe_counts(units: str, currency: str, amount: int) -> None:
    assert stripe_amount(Decimal(units), currency) == amount


@pytest.mark.parametrize(
    ("units", "currency"),
    [("12.345", "KWD"), ("12.5", "JPY"), ("5.50", "ISK"), ("0", "SGD"), ("-1", "SGD")],
)
def test_what_stripe_cannot_charge_is_not_rounded(units: str, currency: str) -> None:
    assert stripe_amount(Decimal(units), currency) is None
