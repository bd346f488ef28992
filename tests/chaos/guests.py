"""Guests on their phones: GraphQL over HTTP, tried again at any copy until somebody answers."""

import asyncio
import base64
import datetime as dt
import random
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from bff.clock import SystemClock
from tests.chaos import words
from tests.sandbox_process import Sandbox

PARTY = 2
# Points for far more bookings than any guest here makes.
PLENTY = 10_000_000
AGAIN_SECONDS = 0.15
PATIENCE_SECONDS = 120.0
AGAIN_CODES = {"UPSTREAM_UNAVAILABLE", "LEDGER_UNAVAILABLE", "INTERNAL", "UNAVAILABLE"}


@dataclass(frozen=True, slots=True)
class Slot:
    """`price` in minor units, and in points; nothing for None.

    `day` is the business day: a slot after midnight belongs to the evening before.
    """

    id: str
    venue_id: str
    day: str
    on_request: bool
    starts_at: str
    price: int | None
    points: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a guest's app is told of one booking."""

    id: str
    status: str
    reason: str | None = None
    points: int | None = None
    amount: int | None = None

    @property
    def is_foreign(self) -> bool:
        """A reservation that the copies do not take for one of theirs."""
        return self.id.startswith("sr~")

    @property
    def in_doubt(self) -> bool:
        return "concierge is looking" in (self.reason or "")


@dataclass
class Guest:
    """`urls` are the copies' addresses; a call goes to any of them, after a failure to another."""

    urls: Sequence[str]
    email: str
    password: str
    customer_number: str
    http: httpx.AsyncClient
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    met: Counter[str] = field(default_factory=Counter)
    token: str | None = None
    last_failure: str = ""

    async def sign_in(self) -> None:
        given = {"email": self.email, "password": self.password}
        answer = (await self.data(words.SIGN_IN, input=given))["signIn"]
        assert answer["__typename"] == "Session", answer
        self.token = answer["accessToken"]

    async def data(self, query: str, **variables: Any) -> Any:
        """Data of the first answer that has some; a lost one is asked for again."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self._once(query, variables)
            if answer is not None:
                return answer
            self.met["client retries"] += 1
            if time.monotonic() > ends:
                raise TimeoutError(f"nobody answers, at last {self.last_failure}")
            await asyncio.sleep(AGAIN_SECONDS)

    async def _once(self, query: str, variables: dict[str, Any]) -> Any:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables}
        url = self.dice.choice(self.urls)
        try:
            response = await self.http.post(f"{url}/graphql", json=body, headers=headers)
        except httpx.TransportError as failure:
            self.last_failure = repr(failure)
            return None
        self.last_failure = f"{response.status_code} {response.text[:300]}"
        if response.status_code != httpx.codes.OK:
            return None
        answer = response.json()
        if "errors" not in answer:
            return answer["data"]
        codes = {error.get("extensions", {}).get("code") for error in answer["errors"]}
        assert codes <= AGAIN_CODES, answer["errors"]
        return None

    async def by_points(self, slot: Slot, key: str) -> Any:
        given = {"idempotencyKey": key, "slotId": slot.id}
        return (await self.data(words.POINTS, input=given))["result"]

    async def by_card(self, slot: Slot, key: str) -> Any:
        """Asked again under its key while an upstream is away: nothing is promised till then."""
        given = {"idempotencyKey": key, "slotId": slot.id}
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = (await self.data(words.CARD, input=given))["result"]
            away = answer["__typename"] == "UpstreamUnavailable" and answer["retryable"]
            if not away or time.monotonic() > ends:
                return answer
            await asyncio.sleep(AGAIN_SECONDS)

    async def confirm(self, booking_id: str) -> Any:
        return (await self.data(words.CONFIRM, input={"bookingId": booking_id}))["result"]

    async def cancel(self, booking_id: str) -> Any:
        return (await self.data(words.CANCEL, input={"bookingId": booking_id}))["result"]

    async def told(self, booking_id: str) -> Told:
        """What the copies know themselves: no upstream is asked for this."""
        return _told((await self.data(words.ONE, id=booking_id))["booking"])

    async def bookings(self) -> list[Told]:
        found: list[Told] = []
        after = None
        while True:
            page = (await self.data(words.MINE, after=after))["me"]["bookings"]
            found += [_told(edge["node"]) for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]


def _told(node: dict[str, Any]) -> Told:
    payment = node["payment"] or {}
    return Told(
        id=raw(node["id"]),
        status=node["status"],
        reason=node["statusReason"],
        points=payment.get("points"),
        amount=payment.get("amount"),
    )


def raw(global_id: str) -> str:
    """Our own id: what the upstreams' books know a booking by."""
    return base64.b64decode(global_id).decode().partition(":")[2]


def new_key() -> str:
    return secrets.token_hex(12)


def seed_guests(
    sandbox: Sandbox, urls: Sequence[str], http: httpx.AsyncClient, count: int
) -> list[Guest]:
    """New members with phones and points in plenty; none is signed in yet."""
    members = [
        {
            "customer_number": f"0009{number:04}",
            "email": f"guest{number}@example.test",
            "password": f"a password of guest {number}",
            "first_name": f"Guest{number}",
            "last_name": "Chaos",
            "phone": {"country_code": "65", "number": f"8{number:07}"},
            "balance": PLENTY,
        }
        for number in range(1, count + 1)
    ]
    sandbox.seed_members(*members)
    return [
        Guest(urls, str(one["email"]), str(one["password"]), str(one["customer_number"]), http)
        for one in members
    ]


async def sign_all_in(guests: Sequence[Guest]) -> None:
    """Few at a time: all come from one address, whose guesses are counted."""
    few = asyncio.Semaphore(4)

    async def one(guest: Guest) -> None:
        async with few:
            await guest.sign_in()

    await asyncio.gather(*(one(guest) for guest in guests))


async def slots_of(guest: Guest, *, on_request: bool, days_ahead: int = 4) -> list[Slot]:
    """What can be paid by points or by card, of one day; always in the same order.

    None on a day on which the venues are closed.
    """
    day = (SystemClock().now() + dt.timedelta(days=days_ahead)).date().isoformat()
    data = await guest.data(words.SLOTS, day=day, party=PARTY)
    found = [
        Slot(
            id=slot["id"],
            venue_id=raw(edge["node"]["venue"]["id"]),
            day=day,
            on_request=on_request,
            starts_at=slot["startsAt"],
            price=(slot["price"] or {}).get("amount"),
            points=(slot["price"] or {}).get("points"),
        )
        for edge in data["experiences"]["edges"]
        for slot in (edge["node"]["availability"] or {"slots": []})["slots"]
        if (slot["kind"] == "ON_REQUEST") is on_request
    ]
    payable = [slot for slot in found if slot.points]
    return sorted(payable, key=lambda slot: (slot.venue_id, slot.starts_at))


def make_room(sandbox: Sandbox, slot: Slot, *, parties: int) -> None:
    """For so many parties more, whatever the venue had."""
    seating = {
        "venue_id": slot.venue_id,
        "date": slot.day,
        "time": slot.starts_at[11:16],
    }
    sandbox.post("/sevenrooms/capacity", {**seating, "remaining": parties * PARTY})


async def slots_over_days(guest: Guest, *, on_request: bool, count: int) -> list[Slot]:
    """The first so many from some days ahead, of all venues by turns; one at least."""
    found: list[Slot] = []
    for ahead in range(3, 40):
        slots = await slots_of(guest, on_request=on_request, days_ahead=ahead)
        found += slots[:: max(1, len(slots) // count)]
        if len(found) >= count:
            break
    kind = "on request" if on_request else "instant"
    assert found, f"{guest.urls} show no slot that is {kind} and can be paid by points"
    return found[:count]


def make_merciless(sandbox: Sandbox) -> None:
    """Upstreams that do whatever they are told twice, twice: nobody but us guards a guest."""
    sandbox.switch("memberson", dedupe_receipts=False)
    sandbox.switch("sevenrooms", duplicate_check=False)
