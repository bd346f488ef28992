"""What a party pays ahead, worked out as the vendor's sample does.

There five guests at 10 with 10 % service, 10 % tax and 10 % gratuity give subtotal 50, service 5,
tax 5.5 (on both), total before gratuity 60.5 and gratuity 5.
"""

import functools
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.seed.model import Price

_WITHOUT_CENTS = frozenset({"JPY"})
_HUNDRED = Decimal(100)


@functools.lru_cache(maxsize=4096)
def payments(price: Price | None, currency: str, party_size: int) -> dict[str, Any] | None:
    """The `payments` object of a slot, to be read only; None where nothing is asked."""
    if price is None:
        return None
    people = party_size if price.charge_type == "person" else 1
    subtotal = price.cost * people
    service = _rounded(subtotal * price.service_charge / _HUNDRED, currency)
    tax = _rounded((subtotal + service) * price.tax_rate / _HUNDRED, currency)
    gratuity = _rounded(subtotal * price.gratuity / _HUNDRED, currency)
    return {
        "apply_gratuity_charge": bool(price.gratuity),
        "apply_service_charge": bool(price.service_charge),
        "cc_party_size_min": 1,
        "cc_payment_rule": price.cc_payment_rule,
        "charge_type": price.charge_type,
        "cost": _number(price.cost),
        "default_gratuity": None,
        "gratuity": _number(price.gratuity) if price.gratuity else None,
        "gratuity_type": "SPECIFIC_GRATUITY" if price.gratuity else None,
        "mandated_gratuity_amt": _number(gratuity) if price.gratuity else None,
        "pregratuity_total": _number(subtotal + service + tax),
        "require_credit_card": True,
        "require_gratuity_charge": False,
        "service_charge": _number(price.service_charge),
        "service_charge_amt": _number(service),
        "subtotal": _number(subtotal),
        "tax_amt": _number(tax),
        "tax_rate": _number(price.tax_rate),
    }


def is_paid_ahead(price: Price | None) -> bool:
    return price is not None and price.cc_payment_rule == "advanced_payment"


def _rounded(amount: Decimal, currency: str) -> Decimal:
    step = Decimal(1) if currency in _WITHOUT_CENTS else Decimal("0.01")
    return amount.quantize(step, ROUND_HALF_UP)


def _number(amount: Decimal) -> int | float:
    """Whole numbers without a point, as JSON from the upstream has them."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
