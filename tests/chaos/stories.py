"""The paths of the saga, as a guest and a venue walk them, whoever dies on the way."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.chaos.guests import Guest, Slot, Told, raw
from tests.sandbox_process import Sandbox

LOOK_AGAIN_SECONDS = 0.05
# A minute goes by between two looks at a request that an operator has got going.
PATIENCE_SECONDS = 150.0


@dataclass
class Scene:
    """One guest, one slot, one key."""

    sandbox: Sandbox
    guest: Guest
    slot: Slot
    key: str

    async def by_points(self) -> str:
        answer = await self.guest.by_points(self.slot, self.key)
        assert answer["__typename"] == "BookingAccepted", answer
        return str(answer["booking"]["id"])

    async def by_card(self) -> tuple[str, str]:
        """The booking's id and what the phone pays with."""
        answer = await self.guest.by_card(self.slot, self.key)
        assert answer["__typename"] == "CardActionRequired", answer
        secret = answer["paymentSheet"]["paymentIntentClientSecret"]
        return str(answer["booking"]["id"]), str(secret)

    async def pay(self, secret: str, card: str = "visa") -> None:
        await self.sandbox.post_aside("/stripe/pay", {"client_secret": secret, "card": card})

    async def until(self, booking_id: str, *statuses: str) -> Told:
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            told = await self.guest.told(booking_id)
            if told.status in statuses:
                return told
            assert time.monotonic() < ends, f"{told} is not {statuses}"
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def venue(self, booking_id: str, says: str) -> None:
        """The venue approves or declines the request that it has under this booking's name."""
        rows = (await asyncio.to_thread(self.sandbox.books, "sevenrooms"))["requests"]
        row = next(row for row in rows if row["external_user_id"] == raw(booking_id))
        await self.sandbox.post_aside(f"/sevenrooms/requests/{row['id']}/{says}")

    async def cancel(self, booking_id: str) -> None:
        """A guest who hears nothing of it presses again."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self.guest.cancel(booking_id)
            if answer["__typename"] != "UpstreamUnavailable" or time.monotonic() > ends:
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`tell` answers the booking's id; it `ends` in this status, whatever dies.

    `webhook`: Stripe tells this copy.
    """

    tell: Callable[[Scene], Awaitable[str]]
    ends: str
    on_request: bool = False
    webhook: bool = False
    patience: Mapping[str, float] = field(default_factory=dict)


async def _points_cancelled(scene: Scene) -> str:
    booking = await scene.by_points()
    await scene.until(booking, "CONFIRMED")
    await scene.cancel(booking)
    return booking


async def _card(scene: Scene) -> str:
    booking, secret = await scene.by_card()
    await scene.pay(secret)
    await scene.guest.confirm(booking)
    return booking


async def _card_by_webhook(scene: Scene) -> str:
    booking, secret = await scene.by_card()
    await scene.pay(secret)
    return booking


async def _second_card(scene: Scene) -> str:
    booking, secret = await scene.by_card()
    await scene.pay(secret, "insufficient_funds")
    await scene.guest.confirm(booking)
    await scene.pay(secret)
    await scene.guest.confirm(booking)
    return booking


async def _card_cancelled(scene: Scene) -> str:
    booking = await _card(scene)
    await scene.until(booking, "CONFIRMED")
    await scene.cancel(booking)
    return booking


async def _unpaid_cancelled(scene: Scene) -> str:
    booking, _ = await scene.by_card()
    await scene.cancel(booking)
    return booking


async def _unpaid(scene: Scene) -> str:
    return (await scene.by_card())[0]


def _request(says: str, *, card: bool) -> Callable[[Scene], Awaitable[str]]:
    async def tell(scene: Scene) -> str:
        booking = await (_card(scene) if card else scene.by_points())
        await scene.until(booking, "REQUESTED")
        if says == "cancel":
            await scene.cancel(booking)
        else:
            await scene.venue(booking, says)
        return booking

    return tell


_PROMPT = {"REQUEST_POLL_SECONDS": 1.0}

STORIES: Mapping[str, Story] = {
    "points": Story(tell=Scene.by_points, ends="CONFIRMED"),
    "points, cancelled": Story(tell=_points_cancelled, ends="CANCELLED"),
    "card": Story(tell=_card, ends="CONFIRMED"),
    "card, by webhook alone": Story(tell=_card_by_webhook, ends="CONFIRMED", webhook=True),
    "second card": Story(tell=_second_card, ends="CONFIRMED"),
    "card, cancelled": Story(tell=_card_cancelled, ends="CANCELLED"),
    "card, cancelled unpaid": Story(tell=_unpaid_cancelled, ends="CANCELLED"),
    "card, never paid": Story(tell=_unpaid, ends="FAILED"),
    "request by points, approved": Story(
        tell=_request("approve", card=False), ends="CONFIRMED", on_request=True, patience=_PROMPT
    ),
    "request by points, declined": Story(
        tell=_request("decline", card=False), ends="FAILED", on_request=True, patience=_PROMPT
    ),
    "request by points, cancelled": Story(
        tell=_request("cancel", card=False), ends="CANCELLED", on_request=True, patience=_PROMPT
    ),
    "request by card, approved": Story(
        tell=_request("approve", card=True), ends="CONFIRMED", on_request=True, patience=_PROMPT
    ),
    "request by card, declined": Story(
        tell=_request("decline", card=True), ends="FAILED", on_request=True, patience=_PROMPT
    ),
}
