"""Prices, as money and as points."""

from collections.abc import Sequence

import strawberry

from bff.money import Money, Rate, points_for
from resolvers.cache_hints import CATALOGUE, cached


@cached(CATALOGUE)
@strawberry.type(description="A price as money and, where the CRM has a rate, as points.")
class Price:
    amount: int = strawberry.field(
        description=(
            "Minor units of `currency`: cents for SGD or USD, whole yen for JPY (which has none)."
        )
    )
    currency: str = strawberry.field(description="ISO 4217 code, such as `SGD`.")
    points: int | None = strawberry.field(
        description=(
            "The same price in points, by the CRM's conversion rate, rounded up; null when points "
            "are not taken, or when the CRM cannot say at the moment."
        )
    )

    @classmethod
    def of(cls, money: Money, rates: Sequence[Rate]) -> "Price":
        points = points_for(money, rates)
        return cls(amount=money.amount, currency=money.currency, points=points)
