"""What a slot costs the party, and from how much an experience starts."""

import functools
import re
from decimal import Decimal

from bff.money import Money, minor_units, money
from clients.sevenrooms.models.availability import Payments

# The one rule under which money is due ahead; the others only keep a card on file.
PAID_AHEAD = "advanced_payment"

# What the contract's 32-bit integers can carry.
MAX_PRICE = 2**31 - 1


class PriceUnknown(Exception):
    """Money is due, and it is not clear how much: such a slot cannot be sold."""


def slot_price(payments: Payments | None, party_size: int, currency: str | None) -> Money | None:
    """The price for the whole party; None when nothing is to be paid ahead.

    That amounts are decimal units of the venue's currency, and which of them add up to what the
    guest owes, is inferred from the vendor's samples. Errors: PriceUnknown.
    """
    if payments is None or payments.cc_payment_rule not in {None, PAID_AHEAD}:
        return None
    due = _due(payments, party_size)
    if due is None and payments.cc_payment_rule and payments.require_credit_card:
        raise PriceUnknown("no amount")
    if not due:
        return None
    if due < 0 or currency is None:
        raise PriceUnknown("no currency" if due > 0 else "negative")
    price = money(due, currency)
    if price.amount > MAX_PRICE:
        raise PriceUnknown("too much")
    return price


def _due(payments: Payments, party_size: int) -> Decimal | None:
    gratuity = payments.mandated_gratuity_amt or Decimal(0)
    if payments.pregratuity_total is not None:
        return payments.pregratuity_total + gratuity
    if payments.subtotal is not None:
        tax = payments.tax_amt or Decimal(0)
        return payments.subtotal + tax + (payments.service_charge_amt or Decimal(0)) + gratuity
    if payments.cost is not None and _is_per_person(payments.charge_type):
        return payments.cost * party_size
    return payments.cost


def _is_per_person(charge_type: str | None) -> bool:
    """`person` and `person_slot` stand in the vendor's document; other words are open."""
    return "person" in (charge_type or "").lower()


# How a currency is written besides its code. A lone "$" is the venue's own dollar.
_SIGNS = {
    "AUD": ("AU$", "A$", "$"),
    "CAD": ("CA$", "C$", "$"),
    "CNY": ("¥",),
    "EUR": ("€",),
    "FJD": ("FJ$", "$"),
    "GBP": ("£",),
    "HKD": ("HK$", "$"),
    "IDR": ("RP.", "RP"),
    "INR": ("₹",),
    "JPY": ("¥",),
    "KRW": ("₩",),
    "MYR": ("RM",),
    "NZD": ("NZ$", "$"),
    "PHP": ("₱",),
    "SGD": ("S$", "$"),
    "THB": ("฿",),
    "TWD": ("NT$", "$"),
    "USD": ("US$", "$"),
    "VND": ("₫",),
}
_AMOUNT = r"[0-9]{1,3}(?:[,.'][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]+(?:[.,][0-9]{1,2})?"
# Prices that are not for one person.
_SHARED = re.compile(
    r"\b(?:COUPLE|TABLE|GROUP|PAIR|TWO|VILLA|ROOM|HOUSE|PARTY|BOTTLE|PERSONS|FOR (?:THE|AN?))\b"
)
# Without a sign, only a sentence that says nothing else is clear.
_BARE = re.compile(
    r"(?:FROM [0-9][0-9,.']*"
    r"|(?:FROM )?[0-9][0-9,.']*(?:\+\+)? ?(?:PP|PER (?:PERSON|GUEST)))(?: ?\+\+)?"
)


def price_from(description: str | None, *, hidden: bool, currency: str | None) -> Money | None:
    """The price per person out of a sentence such as `"From SGD 180 per person"`.

    None when the venue hides it, and whenever more than one reading is possible: another currency,
    several amounts, a price for two.
    """
    if hidden or not description or currency is None:
        return None
    text = " ".join(description.upper().split())
    found = list(_price_pattern(currency.upper()).finditer(text))
    if len(found) != 1 or _SHARED.search(text):
        return None
    if not (found[0]["before"] or found[0]["after"] or _BARE.fullmatch(text)):
        return None
    amount = _decimal(found[0]["amount"], currency)
    if not amount:
        return None
    price = money(amount, currency)
    return price if price.amount <= MAX_PRICE else None


@functools.lru_cache(maxsize=64)
def _price_pattern(currency: str) -> re.Pattern[str]:
    """An amount, with the currency's sign before or after it where there is one."""
    sign = "|".join(re.escape(mark) for mark in (currency, *_SIGNS.get(currency, ())))
    return re.compile(
        rf"(?<![A-Z0-9.,'$])(?:(?P<before>{sign})\s?)?"
        rf"(?P<amount>{_AMOUNT})(?=PP\b|[^0-9A-Z%]|$)(?![.,'][0-9])"
        rf"(?:\s?(?P<after>{sign})(?![A-Z$]))?"
    )


def _decimal(text: str, currency: str) -> Decimal | None:
    """`1,200`, `1.200,50` and `180.00`: one or two digits behind the last mark are cents."""
    if minor_units(currency) > 2 and re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", text):  # noqa: PLR2004
        return None  # twelve thousand, or twelve dinars and a half
    whole, cents = text, "0"
    if ending := re.search(r"[.,]([0-9]{1,2})$", text):
        whole, cents = text[: ending.start()], ending[1]
    return Decimal(re.sub(r"[^0-9]", "", whole) + "." + cents)
