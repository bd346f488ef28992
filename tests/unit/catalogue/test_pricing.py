from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.catalogue.pricing import PriceUnknown, price_from, slot_price
from bff.money import Money
from clients.sevenrooms.models.availability import Payments

# The vendor's own sample: five guests at 10.
SAMPLE = {
    "cc_payment_rule": "advanced_payment",
    "charge_type": "person",
    "require_credit_card": True,
    "cost": 10,
    "subtotal": 50,
    "tax_amt": 5.5,
    "service_charge_amt": 5,
    "mandated_gratuity_amt": 5,
    "pregratuity_total": 60.5,
}


def priced(party_size: int = 5, currency: str | None = "SGD", **changes: object) -> Money | None:
    return slot_price(Payments.parse({**SAMPLE, **changes}), party_size, currency)


def test_the_party_pays_the_total_and_the_gratuity_it_must_give() -> None:
    assert priced() == Money(6550, "SGD")
    assert priced(mandated_gratuity_amt=None) == Money(6050, "SGD")


def test_without_a_total_its_parts_are_added_up() -> None:
    assert priced(pregratuity_total=None) == Money(6550, "SGD")
    assert priced(pregratuity_total=None, tax_amt=None, service_charge_amt=None) == Money(
        5500, "SGD"
    )


def test_without_parts_the_cost_counts_per_person_or_for_all() -> None:
    bare = {"pregratuity_total": None, "subtotal": None}
    assert priced(3, **bare) == Money(3000, "SGD")
    assert priced(3, **bare, charge_type="person_slot") == Money(3000, "SGD")
    assert priced(3, **bare, charge_type="reservation") == Money(1000, "SGD")
    assert priced(3, **bare, charge_type=None) == Money(1000, "SGD")


def test_a_currency_without_cents_is_not_multiplied() -> None:
    assert priced(currency="JPY", pregratuity_total=12000, mandated_gratuity_amt=0) == Money(
        12000, "JPY"
    )


@pytest.mark.parametrize("rule", ["save_for_later", "no_show_fee", "something_new"])
def test_a_card_that_is_only_kept_on_file_costs_nothing_ahead(rule: str) -> None:
    assert priced(cc_payment_rule=rule) is None


def test_an_absent_rule_counts_as_payment_ahead() -> None:
    assert priced(cc_payment_rule=None) == Money(6550, "SGD")


@pytest.mark.parametrize("total", [0, "0.00"])
def test_a_total_of_nothing_is_nothing_to_pay(total: object) -> None:
    assert priced(pregratuity_total=total, mandated_gratuity_amt=0) is None
    assert slot_price(None, 2, "SGD") is None


NOTHING_SAID = dict.fromkeys(SAMPLE)


def test_a_slot_that_says_nothing_of_money_is_free() -> None:
    assert slot_price(Payments.parse(NOTHING_SAID), 2, None) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"pregratuity_total": None, "subtotal": None, "cost": None},
        {"currency": None},
        {"pregratuity_total": -100},
        {"pregratuity_total": 10**12},
    ],
)
def test_a_slot_whose_price_is_unclear_is_never_sold_as_free(changes: dict[str, object]) -> None:
    with pytest.raises(PriceUnknown):
        priced(**changes)  # type: ignore[arg-type]


def test_cents_are_exact() -> None:
    total = Decimal("0.29") * 3
    assert priced(pregratuity_total=str(total), mandated_gratuity_amt=None) == Money(87, "SGD")


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("From SGD 180 per person", "SGD", 18000),
        ("SGD180++ per person", "SGD", 18000),
        ("from s$180.50 pp", "SGD", 18050),
        ("$180 per guest", "SGD", 18000),
        ("180 SGD", "SGD", 18000),
        ("1.200,50 €", "EUR", 120050),
        ("From £65pp", "GBP", 6500),
        ("¥12,000 per person", "JPY", 12000),
        ("Rp 1.500.000 per person", "IDR", 150000000),
        ("BTN 5,000", "BTN", 500000),
        ("From 180 per person", "SGD", 18000),
        ("From 180", "SGD", 18000),
        ("Tasting menu, SGD 180, wine not included", "SGD", 18000),
    ],
)
def test_a_price_from_is_read_out_of_the_venues_sentence(
    text: str, currency: str, amount: int
) -> None:
    assert price_from(text, hidden=False, currency=currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("From US$ 180", "SGD"),
        ("EUR 180 per person", "SGD"),
        ("SGD 180 - 250", "SGD"),
        ("SGD 180 per person, children SGD 90", "SGD"),
        ("SGD 360 per couple", "SGD"),
        ("SGD 500 per table", "SGD"),
        ("THB 4,800 a table", "THB"),
        ("EUR 1,450 for the house", "EUR"),
        ("SGD 880 for the pavilion", "SGD"),
        ("For 2 persons", "SGD"),
        ("2 hours", "SGD"),
        ("180", "SGD"),
        ("10% off", "SGD"),
        ("SGD 1,2000", "SGD"),
        ("SGD 2k", "SGD"),
        ("KWD 12.500", "KWD"),
        ("SGD 0", "SGD"),
        ("Price on request", "SGD"),
        ("SGD " + "9" * 300, "SGD"),
        ("", "SGD"),
        (None, "SGD"),
        ("From SGD 180", None),
    ],
)
def test_a_sentence_with_another_reading_gives_no_price(
    text: str | None, currency: str | None
) -> None:
    assert price_from(text, hidden=False, currency=currency) is None


def test_a_price_that_the_venue_hides_stays_hidden() -> None:
    assert price_from("From SGD 180 per person", hidden=True, currency="SGD") is None


@given(text=st.text(alphabet="SGD$€£ 0123456789.,'+-perso%\n", max_size=40))
def test_no_sentence_breaks_the_reader(text: str) -> None:
    found = price_from(text, hidden=False, currency="SGD")
    assert found is None or found.amount > 0
