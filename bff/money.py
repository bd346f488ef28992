"""Money in minor units, and its price in points."""

import decimal
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# ISO 4217 minor units that are not 2. Stripe charges these currencies in the same units, save
# the three-decimal ones, whose last digit it wants to be zero.
_EXPONENTS = {
    **dict.fromkeys(
        (
            "BIF CLP DJF GNF JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905 - a table reads better
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` counts minor units (cents) of `currency` (ISO 4217, upper case)."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`from_rate` points are worth `to_rate` units (not cents) of `currency`.

    Source: Memberson `GET /api/type/conversion-rate`, CONFIRMED [EPB].
    """

    currency: str
    from_rate: Decimal
    to_rate: Decimal


def minor_units(currency: str) -> int:
    """How many decimals the currency has."""
    return _EXPONENTS.get(currency.upper(), 2)


def money(value: Decimal, currency: str) -> Money:
    """Whole currency units to minor units, half a cent rounded up."""
    scaled = value.scaleb(minor_units(currency))
    amount = int(scaled.to_integral_value(decimal.ROUND_HALF_UP))
    return Money(amount, currency.upper())


def points_for(price: Money, rates: Sequence[Rate]) -> int | None:
    """The price in points, rounded up; None when the CRM has no usable rate for its currency."""
    for rate in rates:
        if rate.currency.upper() == price.currency and rate.to_rate > 0 and rate.from_rate > 0:
            units = Decimal(price.amount).scaleb(-minor_units(price.currency))
            points = units * rate.from_rate / rate.to_rate
            return int(points.to_integral_value(decimal.ROUND_CEILING))
    return None
