"""Money in the units Stripe counts in.

Source: Stripe's "Supported currencies" (CONFIRMED). Most currencies are counted as ISO 4217 does.
"""

from decimal import Decimal

_ZERO_DECIMALS = frozenset(
    (
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF"),
        *("VND", "VUV", "XAF", "XOF", "XPF"),
    )
)
_THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
# Counted in hundredths for old times' sake, though only whole units can be charged.
_WHOLE_UNITS_ONLY = frozenset(("ISK", "UGX"))


def stripe_amount(units: Decimal, currency: str) -> int | None:
    """Currency units (dollars, not cents) as Stripe counts them; None if it could not charge that.

    It takes three-decimal currencies in tens only. Such a price is not rounded: the guest would pay
    another than was shown.
    """
    name = currency.upper()
    decimals = 0 if name in _ZERO_DECIMALS else 3 if name in _THREE_DECIMALS else 2
    step = 10 if name in _THREE_DECIMALS else 100 if name in _WHOLE_UNITS_ONLY else 1
    amount = units.scaleb(decimals)
    if amount <= 0 or amount % step:
        return None
    return int(amount)
