"""A small CRM and a small card processor with books of their own."""

from bff.booking.model import Booking
from bff.booking.ports import (
    CannotAsk,
    CardIntent,
    CardLook,
    CardState,
    InsufficientPoints,
    Sheet,
)
from tests.unit.booking.upstream_world import World


class PointsBooks:
    """A CRM that takes points for every redemption it gets, repeated receipts included."""

    def __init__(self, world: World, balance: int) -> None:
        self.world = world
        self.start = self.amount = balance
        self.entries: list[tuple[str, str, int]] = []
        self.has_history = True
        self.can_give_back = True

    async def balance(self, booking: Booking) -> int | None:
        return self.world.call("balance", lambda: self.amount)

    async def redeem(self, booking: Booking, receipt_no: str) -> str | None:
        def do() -> str:
            points = booking.terms.points or 0
            if points > self.amount:
                raise InsufficientPoints(self.amount)
            self.amount -= points
            self.entries.append(("redeem", receipt_no, points))
            return receipt_no

        return self.world.call("redeem", do)

    async def was_redeemed(self, booking: Booking, receipt_no: str) -> bool:
        if not self.has_history:
            raise CannotAsk
        return self.world.call("was_redeemed", lambda: self._has("redeem", receipt_no))

    async def give_back(self, booking: Booking, receipt_no: str) -> None:
        if not self.can_give_back:
            raise CannotAsk

        def do() -> None:
            points = booking.terms.points or 0
            self.amount += points
            self.entries.append(("give_back", receipt_no, points))

        self.world.call("give_back", do)

    async def was_given_back(self, booking: Booking, receipt_no: str) -> bool:
        if not self.has_history:
            raise CannotAsk
        return self.world.call(
            "was_given_back",
            lambda: self._count("give_back", receipt_no) >= self._count("redeem", receipt_no),
        )

    async def standing(self, booking: Booking, receipt_no: str) -> int:
        if not self.has_history:
            raise CannotAsk
        return self.world.call("standing", lambda: self.net(receipt_no))

    def net(self, receipt_no: str) -> int:
        mine = [entry for entry in self.entries if entry[1] == receipt_no]
        return sum(amount if kind == "redeem" else -amount for kind, _, amount in mine)

    def by_hand(self, receipt_no: str, stands: int) -> None:
        """A clerk puts the account right, so that so many points stand under this receipt."""
        surplus = self.net(receipt_no) - stands
        self.amount += surplus
        if surplus:
            self.entries.append(("give_back", receipt_no, surplus))

    def _count(self, kind: str, receipt_no: str) -> int:
        return len([entry for entry in self.entries if entry[:2] == (kind, receipt_no)])

    def _has(self, kind: str, receipt_no: str) -> bool:
        return any(entry[:2] == (kind, receipt_no) for entry in self.entries)


class CardBooks:
    """A card processor whose writes may be repeated."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.intents: dict[str, CardState] = {}
        self.decline_code: str | None = None

    async def open(self, booking: Booking) -> CardIntent:
        def do() -> CardIntent:
            self.intents.setdefault(booking.id, CardState.OPEN)
            return CardIntent(id=booking.id, customer_id="customer", client_secret="secret")

        return self.world.call("open", do)

    async def sheet(self, booking: Booking, stripe_version: str | None) -> Sheet:
        return self.world.call(
            "sheet",
            lambda: Sheet(
                publishable_key="pk",
                client_secret="secret",
                customer_id="customer",
                ephemeral_key_secret="ephemeral",
            ),
        )

    def guest_pays(self) -> None:
        for intent, state in self.intents.items():
            if state in {CardState.OPEN, CardState.DECLINED}:
                self.intents[intent] = CardState.AUTHORISED

    async def look(self, booking: Booking) -> CardLook:
        return self.world.call(
            "look",
            lambda: CardLook(state=self.intents[booking.id], decline_code=self.decline_code),
        )

    async def capture(self, booking: Booking) -> None:
        def do() -> None:
            assert self.intents[booking.id] in {CardState.AUTHORISED, CardState.CAPTURED}
            self.intents[booking.id] = CardState.CAPTURED

        self.world.call("capture", do)

    async def give_back(self, booking: Booking) -> None:
        def do() -> None:
            self.intents[booking.id] = CardState.RETURNED

        self.world.call("card_give_back", do)
