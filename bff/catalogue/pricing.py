"""What a slot costs the party, and from how much an experience starts."""

import functools
import re
from decimal import Decimal

from bff.money import Money, minor_units, money
from clients.sevenrooms.models.availability import Payments

# The one rule under which money is due ahead; the others only keep a card on file.
PAID_AHEAD = "advanced_payment"

# What the contract's 32-bit integers can carry.
MAX_AMOUNT = r"[0-9]{1,3}(?:[,.'][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]+(?:[.,][0-9]{1,2})?"
# Prices that are not for one person.
_SHARED = re.compile(r"\b(?:COUPLE|TABLE|GROUP|PAIR|TWO|VILLA|ROOM|PARTY|BOTTLE|PERSONS)\b")
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
    return price if price.amount <= MAX_AMOUNT else None


@functools.lru_cache(maxsize=64)
def _price_pattern(currency: str) -> re.Pattern[str]:
    """An amount, with the currency's sign before or after it where there is one."""
    sign = "|".join(re.escape(mark) for mark in (currency, *_SIGNS.get(currency, ())))
    return re.compile(
        rf"(?<![A-Z0-9.,'$])(?:(?P<before>{sign})\s?)?"
        rf"(?P<amount>{_AMOUNT})(?=PP\b|[^0-9A-Z%]|$)(?![.,'][0-9])(?:\s?(?P<after>{sign})(?![A-Z$]))?"
    )


def _decimal(text: str, currency: str) -> Decimal | None:
    """`1,200`, `1.200,50` and `180.00`: one or two digits behind the last mark are cents."""
    if minor_units(currency) > 2 and re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", text):  # noqa: PLR2004
        return None  # twelve thousand, or twelve dinars and a half
    whole, cents = text, "0"
    if ending := re.search(r"[.,]([0-9]{1,2})$", text):
        whole, cents = text[: ending.start()], ending[1]
    return Decimal(re.sub(r"[^0-9]", "", whole) + "." + cents)
