"""Members who look around and book at a steady rate, however long answers take.

Each request is noted, with who served it and how it ended. What failed is sent again as an app
would, a booking under its key.
"""

import asyncio
import datetime as dt
import itertools
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx

from bff.clock import SystemClock
from tests.availability.load_balancer import REQUEST_ID
from tests.chaos import words
from tests.chaos.guests import (
    Guest,
    Slot,
    make_room,
    new_key,
    raw,
    seed_guests,
    sign_all_in,
    slots_of,
)
from tests.sandbox_process import Sandbox

GUESTS = 40
AGAIN_SECONDS = 0.3
MOST_TRIES = 30
PATIENCE_SECONDS = 40.0
# Of fifty that begin, in this order: two intend to book, one of them by card.
TURNS = (*(("catalogue", "times") * 4 + ("balance", "bookings")) * 5,)
BOOKS_AT = {12: "points", 37: "card"}

CATALOGUE = "{ experiences(first: 20) { edges { node { id name venue { name } } } } }"
TIMES = """query($id: ID!, $day: Date!) { experience(id: $id) {
    availability(date: $day, partySize: 2) { isStale slots { id } } } }"""
BALANCE = "{ me { points { balance } } }"
BOOKINGS = "{ me { bookings(first: 10) { isPartial edges { node { id status } } } } }"

BOOKED = {"BookingAccepted", "CardActionRequired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One request; `failure` is None where it was answered well. Times are monotonic seconds."""

    id: str
    kind: str
    began: float
    ended: float
    failure: str | None


class SteadyLoad:
    """`rate`: requests begun in a second, over `phones`; `tries` of each until all is well.

    What is promised to a guest is in `promised`, by key.
    """

    def __init__(
        self,
        url: str,
        sandbox: Sandbox,
        http: httpx.AsyncClient,
        phones: aiohttp.ClientSession,
        rate: float,
        *,
        tries: int = MOST_TRIES,
    ) -> None:
        self.sandbox = sandbox
        self.guests = seed_guests(sandbox, [url], http, GUESTS)
        self.outcomes: list[Outcome] = []
        self.given_up: list[str] = []
        self.promised: dict[str, str] = {}
        self._url = url
        self._phones = phones
        self._rate = rate
        self._tries = tries
        self._experience = ""
        self._days: Iterator[str] = itertools.cycle([_day(ahead) for ahead in range(3, 9)])
        self._turns = itertools.cycle(self.guests)
        self._wishes: Iterator[tuple[Guest, Slot]] = iter(())

    async def settle_in(self, *, bookings: int) -> None:
        """Sign everybody in and make room for so many bookings."""
        await sign_all_in(self.guests)
        found = await self.guests[0].data(CATALOGUE)
        self._experience = found["experiences"]["edges"][0]["node"]["id"]
        slots = await _roomy(self.sandbox, self.guests[0], bookings // GUESTS + 1)
        self._wishes = iter([(guest, slot) for slot in slots for guest in self.guests])

    async def run(self) -> None:
        """Until it is cancelled; what has begun by then is not."""
        began, under_way = time.monotonic(), set[asyncio.Task[None]]()
        try:
            for number in itertools.count():
                task = asyncio.create_task(self._one(number))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                due = began + (number + 1) / self._rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            await asyncio.gather(*under_way)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.run(), name="load")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _one(self, number: int) -> None:
        guest = next(self._turns)
        match BOOKS_AT.get(number % len(TURNS), TURNS[number % len(TURNS)]):
            case "catalogue":
                await self._sent("catalogue", guest, CATALOGUE)
            case "times":
                asked = {"id": self._experience, "day": next(self._days)}
                await self._sent("times", guest, TIMES, **asked)
            case "balance":
                await self._sent("balance", guest, BALANCE)
            case "bookings":
                await self._sent("bookings", guest, BOOKINGS)
            case "points":
                await self._book("points", words.POINTS)
            case "card":
                await self._by_card(is_patient=number // len(TURNS) % 2 == 0)

    async def _book(self, kind: str, query: str) -> tuple[Guest, Any]:
        guest, slot = next(self._wishes)
        key = new_key()
        given = {"idempotencyKey": key, "slotId": slot.id}
        data = await self._sent(kind, guest, query, input=given)
        answer = data["result"] if data else None
        if answer:
            self.promised[key] = raw(answer["booking"]["id"])
        return guest, answer

    async def _by_card(self, *, is_patient: bool) -> None:
        """Book and pay; who has no patience leaves it to the webhook to tell of it."""
        guest, answer = await self._book("card", words.CARD)
        if not answer or answer["__typename"] != "CardActionRequired":
            return
        secret = answer["paymentSheet"]["paymentIntentClientSecret"]
        given = {"client_secret": secret, "card": "visa"}
        await self.sandbox.post_aside("/stripe/pay", given)
        if is_patient:
            asked = {"bookingId": answer["booking"]["id"]}
            await self._sent("confirm", guest, words.CONFIRM, input=asked)

    async def _sent(self, kind: str, guest: Guest, query: str, **variables: Any) -> Any:
        """The data of the first good answer; None once we give up."""
        for _ in range(self._tries):
            data = await self._once(kind, guest, {"query": query, "variables": variables})
            if data is not None:
                return data
            await asyncio.sleep(AGAIN_SECONDS)
        self.given_up.append(kind)
        return None

    async def _once(self, kind: str, guest: Guest, body: dict[str, Any]) -> Any:
        named, began, data = secrets.token_hex(8), time.monotonic(), None
        headers = {"authorization": f"Bearer {guest.token}", REQUEST_ID: named}
        try:
            request = self._phones.post(f"{self._url}/graphql", json=body, headers=headers)
            async with request as answer:
                failure, data = _read(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as broken:
            failure = type(broken).__name__
        self.outcomes.append(
            Outcome(
                id=named,
                kind=kind,
                began=began,
                ended=time.monotonic(),
                failure=failure,
            )
        )
        return data


def _read(status: int, content: bytes) -> tuple[str | None, Any]:
    """What is wrong with an answer, and its data where nothing is."""
    if status != httpx.codes.OK:
        return str(status), None
    answer = json.loads(content)
    if "errors" in answer:
        return str(answer["errors"][0].get("extensions", {}).get("code")), None
    result = answer["data"].get("result")
    if result and result["__typename"] not in BOOKED:
        return str(result["__typename"]), None
    return None, answer["data"]


async def _roomy(sandbox: Sandbox, guest: Guest, count: int) -> list[Slot]:
    """Slots of different days and venues: no guest books the same place twice on one day."""
    slots: list[Slot] = []
    for ahead in range(3, 40):
        of_day = await slots_of(guest, on_request=False, days_ahead=ahead)
        slots += {slot.venue_id: slot for slot in of_day}.values()
        if len(slots) >= count:
            break
    assert len(slots) >= count, "too few places for so many bookings"
    for slot in slots[:count]:
        # Twice as many: what a killed copy held stays held until it lapses.
        await asyncio.to_thread(make_room, sandbox, slot, parties=2 * GUESTS)
    return slots[:count]


def _day(ahead: int) -> str:
    return (SystemClock().now() + dt.timedelta(days=ahead)).date().isoformat()


@asynccontextmanager
async def open_phones() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections for any number of requests at once; a third of what httpx costs of the CPU."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        # What failed has failed: it is counted before it is sent again.
        session._retry_connection = False
        yield session


def rates(outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    """Requests a second, and the median and 99th percentile of their seconds."""
    ordered = sorted(one.ended - one.began for one in outcomes)
    span = max(one.began for one in outcomes) - min(one.began for one in outcomes)
    return (
        len(outcomes) / max(span, 0.001),
        ordered[len(ordered) // 2],
        ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))],
    )
