"""Loses the answer of every write of every path, in each of several ways."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import httpx

from sandbox.garbage import SHAPES
from tests.chaos import bare
from tests.chaos.audit import Audit, read_books
from tests.chaos.copies import Copy, running
from tests.chaos.doomed import Doom
from tests.chaos.guests import (
    Guest,
    Told,
    make_merciless,
    new_key,
    seed_guests,
    sign_all_in,
    slots_over_days,
)
from tests.chaos.stories import STORIES, Scene
from tests.sandbox_process import Sandbox

# Upstream, route, and a story that calls it.
Write = tuple[str, str, str]
WRITES: Mapping[str, Write] = {
    "hold": ("sevenrooms", "PUT */holds", "points"),
    "book": ("sevenrooms", "PUT */book", "card"),
    "cancel": ("sevenrooms", "DELETE */reservations/*", "points, cancelled"),
    "release": ("sevenrooms", "POST */release", "card, cancelled unpaid"),
    "request": ("sevenrooms", "PUT */request", "request by points, approved"),
    "withdraw": ("sevenrooms", "POST */requests/delete", "request by points, cancelled"),
    "redeem": ("memberson", "POST */redeem-point", "points"),
    "give points back": ("memberson", "POST */cancel-redeem-point", "points, cancelled"),
    "new customer": ("stripe", "POST /v1/customers", "card"),
    "open": ("stripe", "POST /v1/payment_intents", "card"),
    "sheet": ("stripe", "POST /v1/ephemeral_keys", "card"),
    "capture": ("stripe", "POST /v1/payment_intents/*/capture", "card"),
    "cancel payment": ("stripe", "POST /v1/payment_intents/*/cancel", "request by card, declined"),
    "refund": ("stripe", "POST /v1/refunds", "card, cancelled"),
}
ONLY_PROPOSED = frozenset({"give points back"})
# `late` comes before the settling time is over, as a call of ours that is still under way would.
LOST: Mapping[str, Mapping[str, str | float]] = {
    "drop_after": {"kind": "drop_after"},
    "drop_before": {"kind": "drop_before"},
    "late": {"kind": "late", "seconds": 1.0},
    # It was done, and the 200 says something else.
    **{f"garbage: {shape}": {"kind": "garbage", "shape": shape} for shape in SHAPES},
}
# What is asked after a lost answer, and for how many times nothing sensible is answered.
GARBLED_TIMES = 6
QUESTIONS = (
    ("sevenrooms", "GET */reservations*"),
    ("sevenrooms", "GET */requests*"),
    ("memberson", "GET */transactions"),
    ("stripe", "GET *"),
)
PATIENCE = {
    "SETTLE_MARGIN_SECONDS": 0.3,
    "HEAD_START_SECONDS": 0.2,
    "LEASE_SECONDS": 2.0,
    "HEARTBEAT_SECONDS": 0.7,
    "REQUEST_POLL_SECONDS": 0.5,
    "QUICK_HOLD_SECONDS": 20.0,
}
SETTINGS = {"BFF_UPSTREAM_TIMEOUT_SECONDS": "2", "HOLD_SECONDS": "30"}
PAST_EVERY_HOLD_SECONDS = 120


def without_a_lost_answer(writes: Iterable[str]) -> list[str]:
    """Writes that this list has forgotten."""
    routes = [route for _, route, _ in WRITES.values()]
    return [write for write in writes if not any(fnmatch(write, route) for route in routes)]


async def _told(sandbox: Sandbox, guest: Guest, name: str) -> Told:
    story = STORIES[name]
    slots = await slots_over_days(guest, on_request=story.on_request, count=len(WRITES))
    scene = Scene(sandbox, guest, slots[int(guest.customer_number) % len(slots)], new_key())
    return await scene.until(await story.tell(scene), story.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """`how` of LOST the answer of a write is lost; what is then asked is answered in a `shape`."""

    how: str
    shape: str | None = None

    def __str__(self) -> str:
        return f"{self.how}; questions: {self.shape}" if self.shape else self.how

    def inject(self, sandbox: Sandbox, writes: Iterable[Write]) -> None:
        for upstream, route, _ in writes:
            sandbox.fault(upstream, route=route, times=1, **LOST[self.how])
        for upstream, route in QUESTIONS if self.shape else ():
            sandbox.fault(upstream, "garbage", route, shape=self.shape, times=GARBLED_TIMES)


# Each write's answer lost in each way; and then nothing sensible heard from whoever is asked.
LOSSES = (
    *(Loss(how=how) for how in LOST),
    *(Loss(how=how, shape=shape) for how in ("drop_after", "garbage: html") for shape in SHAPES),
)


async def lose_answers(
    sandbox: Sandbox,
    folder: Path,
    loss: Loss,
    settings: Mapping[str, str] | None = None,
    *,
    is_bare: bool = False,
) -> list[str]:
    """All writes of all paths lose one answer; the problems of whoever met that.

    `is_bare`: no PROPOSED call is offered, and an operator ends the doubts.
    """
    all_settings = {**SETTINGS, **(bare.SETTINGS if is_bare else {}), **(settings or {})}
    copy = Copy("dev", sandbox, folder, doom=Doom(patience=PATIENCE), settings=all_settings)
    writes = [it for name, it in WRITES.items() if not (is_bare and name in ONLY_PROPOSED)]
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http, running(copy):
        guests = seed_guests(sandbox, [copy.url], http, len(writes))
        await sign_all_in(guests)
        loss.inject(sandbox, writes)
        make_merciless(sandbox)
        telling = [
            _told(sandbox, guest, story)
            for guest, (_, _, story) in zip(guests, writes, strict=True)
        ]
        if is_bare:
            bare.offer_nothing_proposed(sandbox)
            async with bare.operator_at_work(sandbox, copy):
                told = await asyncio.gather(*telling, return_exceptions=True)
        else:
            told = await asyncio.gather(*telling, return_exceptions=True)
        unended = [f"{loss}: {problem}" for problem in told if isinstance(problem, BaseException)]
        unmet = _unmet(sandbox)
        sandbox.clear_faults()
        sandbox.advance(PAST_EVERY_HOLD_SECONDS)
        audit, books = Audit(), read_books(sandbox)
        for guest in guests:
            for booking in await guest.bookings():
                audit.booking(booking, books)
        ended = [booking.id for booking in told if isinstance(booking, Told)]
        if not unended:
            audit.whole(ended, books)
        return [*unended, *unmet, *(f"{loss}: {problem}" for problem in audit.problems)]


def _unmet(sandbox: Sandbox) -> list[str]:
    """Writes that no story made, or of which none lost its answer."""
    asked = [route for _, route in QUESTIONS]
    left = [fault["route"] for fault in sandbox.get("/faults")["faults"]]
    return [f"never met: {route}" for route in left if route not in asked]
