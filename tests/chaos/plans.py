"""What each guest of the storm wants, and how they go about it."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.guests import Guest, Slot, raw
from tests.chaos.monkeys import Weather

# In hundredths of all bookings.
KINDS: Mapping[str, int] = {
    "points": 30,
    "points, cancelled": 8,
    "card": 18,
    "card, cancelled": 6,
    "card, second after a decline": 6,
    "card, declined for good": 5,
    "card, 3-D Secure abandoned": 5,
    "card, never paid": 4,
    "request by points": 12,
    "request by card": 6,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One intended booking. `twice`: the app sends it twice at once."""

    kind: str
    guest: Guest
    slot: Slot
    other_slot: Slot
    key: str
    twice: bool
    with_conflict: bool

    @property
    def by_card(self) -> bool:
        return "card" in self.kind


def draw(
    dice: random.Random,
    count: int,
    guests: Sequence[Guest],
    instant: Sequence[Slot],
    on_request: Sequence[Slot],
) -> list[Plan]:
    kinds = dice.choices(list(KINDS), weights=list(KINDS.values()), k=count)
    plans = []
    for number, kind in enumerate(kinds):
        slots = on_request if kind.startswith("request") else instant
        slot = dice.choice(slots)
        plans.append(
            Plan(
                kind=kind,
                guest=guests[number % len(guests)],
                slot=slot,
                other_slot=next(other for other in slots if other != slot),
                key=f"storm-{dice.getrandbits(64):016x}",
                twice=dice.random() < 0.25,
                with_conflict=dice.random() < 0.05,
            )
        )
    return plans


class Carried:
    """Carries plans out, and notes what the guests were told."""

    def __init__(self, weather: Weather, dice: random.Random) -> None:
        self._weather = weather
        self._dice = dice
        self.answers: Counter[str] = Counter()
        self.promised: dict[str, str] = {}
        self.violations: list[str] = []

    async def carry_out(self, plan: Plan) -> None:
        answer = await self._booked(plan)
        self.answers[answer["__typename"]] += 1
        booking = answer.get("booking")
        if booking is None:
            return
        self._promise(plan, str(booking["id"]))
        if plan.by_card and answer["__typename"] == "CardActionRequired":
            await self._paid(plan, booking["id"], answer["paymentSheet"])
        if plan.kind.endswith(", cancelled"):
            gone = await plan.guest.cancel(booking["id"])
            self.answers[gone["__typename"]] += 1

    async def _booked(self, plan: Plan) -> Any:
        """The answer; the same key sent twice must be told of the same booking."""
        calls = [self._ask(plan, plan.slot) for _ in range(2 if plan.twice else 1)]
        answers = await asyncio.gather(*calls)
        if plan.twice:
            self._weather.did["requests sent twice at once"] += 1
            self._same_booking(plan, answers)
        if plan.with_conflict:
            await self._conflict(plan)
        return answers[0]

    async def _ask(self, plan: Plan, slot: Slot) -> Any:
        if plan.by_card:
            return await plan.guest.by_card(slot, plan.key)
        return await plan.guest.by_points(slot, plan.key)

    def _same_booking(self, plan: Plan, answers: Sequence[Any]) -> None:
        ids = {one["booking"]["id"] for one in answers if one.get("booking")}
        if len(ids) > 1:
            self.violations.append(f"invariant 3: {plan.key}: {len(ids)} bookings of one key")

    async def _conflict(self, plan: Plan) -> None:
        """Another slot under a key that is known by now."""
        self._weather.did["keys sent with other input"] += 1
        answer = await self._ask(plan, plan.other_slot)
        if answer["__typename"] != "IdempotencyConflict":
            self.violations.append(f"invariant 3: {plan.key}: other input, {answer['__typename']}")

    def _promise(self, plan: Plan, booking_id: str) -> None:
        known = self.promised.setdefault(f"{plan.guest.email} {plan.key}", raw(booking_id))
        if known != raw(booking_id):
            self.violations.append(f"invariant 3: {plan.key}: {known} and {raw(booking_id)}")

    async def _paid(self, plan: Plan, booking_id: str, sheet: Mapping[str, Any]) -> None:
        secret = sheet["paymentIntentClientSecret"]
        if plan.kind == "card, never paid":
            return
        if plan.kind == "card, 3-D Secure abandoned":
            await self._weather.pays(secret, "three_d_secure", three_d_secure="abandon")
            return
        if "decline" in plan.kind:
            await self._weather.pays(secret, "insufficient_funds")
            self.answers[(await plan.guest.confirm(booking_id))["__typename"]] += 1
        if plan.kind == "card, declined for good":
            return
        await self._weather.pays(secret, "visa")
        # Some apps never come back from the payment sheet: then only the webhook tells.
        if self._dice.random() < 0.7:
            self.answers[(await plan.guest.confirm(booking_id))["__typename"]] += 1
