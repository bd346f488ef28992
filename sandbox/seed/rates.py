"""What a point is worth. Bhutan's ngultrum is left out: points are not taken there."""

from decimal import Decimal

from sandbox.seed.model import ConversionRate

CONVERSION_RATES = tuple(
    ConversionRate(currency=currency, from_rate=Decimal(points), to_rate=Decimal(units))
    for currency, points, units in (
        ("SGD", "50", "1"),
        ("USD", "67", "1"),
        ("GBP", "85", "1"),
        ("EUR", "73", "1"),
        ("AUD", "44", "1"),
        ("THB", "2", "1"),
        ("JPY", "1", "2"),
        ("IDR", "1", "240"),
    )
)
