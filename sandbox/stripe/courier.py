"""Carries events to webhook endpoints: signed, tried again for a while, held back on request."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import httpx

from sandbox.clock import SandboxClock
from sandbox.stripe.signature import Signing, headers

# Real seconds between tries. Stripe goes on for three days; half a minute outlasts a restart.
RETRY_DELAYS_SECONDS = (0.25, 0.75, 2.0, 6.0, 20.0)
ANSWER_TIMEOUT_SECONDS = 10.0
# Keeps connections warm between events, and leaves none open on a quiet stand-in.
LINGER_SECONDS = 1.0
AT_ONCE = 16
DELIVERIES_REMEMBERED = 10_000


class Order(StrEnum):
    """In which held events are let go."""

    SENT = "sent"
    REVERSE = "reverse"
    SHUFFLED = "shuffled"


@dataclass(slots=True, kw_only=True)
class Parcel:
    """One event for one endpoint; `arrived` is called once, at the first 2xx."""

    event: str
    kind: str
    endpoint: str
    url: str
    secret: str = field(repr=False)
    body: bytes = field(repr=False)
    signing: Signing = Signing.VALID
    arrived: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try. `status` is the receiver's, None when there was no answer."""

    event: str
    kind: str
    url: str
    status: int | None
    attempt: int

    @property
    def arrived(self) -> bool:
        return self.status is not None and httpx.codes.is_success(self.status)


class Courier:
    """Delivers in the background of whatever loop `send` is called on."""

    def __init__(
        self, clock: SandboxClock, retry_delays: Sequence[float] = RETRY_DELAYS_SECONDS
    ) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=DELIVERIES_REMEMBERED)
        self.holding = False
        self.held: list[Parcel] = []
        self._clock = clock
        self._delays = tuple(retry_delays)
        self._waiting: deque[Parcel] = deque()
        self._stirred = asyncio.Event()
        self._round: asyncio.Task[None] | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    def send(self, parcel: Parcel) -> None:
        """Deliver soon, or keep it while deliveries are held."""
        if self.holding:
            self.held.append(parcel)
            return
        self._waiting.append(parcel)
        if self._round is None:
            self._stirred = asyncio.Event()
            self._round = asyncio.get_running_loop().create_task(self._rounds())
        self._stirred.set()

    async def release(self, order: Order, seed: int | None = None) -> list[Delivery]:
        """Deliver what is held, one after another, one try each; what fails is tried again later.

        Holding ends.
        """
        self.holding = False
        parcels, self.held = self.held, []
        if order is Order.REVERSE:
            parcels.reverse()
        if order is Order.SHUFFLED:
            random.Random(seed).shuffle(parcels)
        done = await self.deliver(parcels)
        for parcel, delivery in zip(parcels, done, strict=True):
            if not delivery.arrived:
                self.send(parcel)
        return done

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Delivery]:
        """One try each, in this order, now."""
        async with _wire() as wire:
            return [await self._try(wire, parcel, 1) for parcel in parcels]

    def forget(self) -> None:
        """Drop what has not been delivered and what was remembered."""
        self.holding = False
        self.held.clear()
        self._waiting.clear()
        self.deliveries.clear()
        for task in self._carrying:
            task.cancel()

    async def close(self) -> None:
        """Stop; whatever is under way is dropped."""
        self.forget()
        if self._round is not None:
            self._round.cancel()
            await asyncio.gather(self._round, *self._carrying, return_exceptions=True)
            self._round = None

    async def _rounds(self) -> None:
        room = asyncio.Semaphore(AT_ONCE)
        try:
            async with _wire() as wire:
                while await self._work_to_do():
                    parcel = self._waiting.popleft()
                    task = asyncio.create_task(self._carry(wire, room, parcel))
                    self._carrying.add(task)
                    task.add_done_callback(self._carrying.discard)
                # From here on a new parcel starts a new round, even while this wire closes.
                self._round = None
        finally:
            if self._round is asyncio.current_task():
                self._round = None

    async def _work_to_do(self) -> bool:
        """Wait for a parcel; False after a quiet while with nothing under way."""
        while not self._waiting:
            self._stirred.clear()
            try:
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._stirred.wait()
            except TimeoutError:
                if not self._carrying and not self._waiting:
                    return False
        return True

    async def _carry(
        self, wire: httpx.AsyncClient, room: asyncio.Semaphore, parcel: Parcel
    ) -> None:
        for attempt, delay in enumerate((*self._delays, None), start=1):
            async with room:
                delivery = await self._try(wire, parcel, attempt)
            if delivery.arrived or delay is None:
                return
            await asyncio.sleep(delay)

    async def _try(self, wire: httpx.AsyncClient, parcel: Parcel, attempt: int) -> Delivery:
        status = await self._post(wire, parcel)
        delivery = Delivery(
            event=parcel.event, kind=parcel.kind, url=parcel.url, status=status, attempt=attempt
        )
        self.deliveries.append(delivery)
        if delivery.arrived:
            parcel.arrived()
        return delivery

    async def _post(self, wire: httpx.AsyncClient, parcel: Parcel) -> int | None:
        signed = headers(parcel.body, parcel.secret, self._real_time(), parcel.signing)
        try:
            answer = await wire.post(parcel.url, content=parcel.body, headers=signed)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        return answer.status_code

    def _real_time(self) -> int:
        """The receiver's clock does not move with the sandbox's, and it checks the signature's."""
        return int(self._clock.now().timestamp() - self._clock.offset_seconds)


@asynccontextmanager
async def _wire() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        timeout=httpx.Timeout(ANSWER_TIMEOUT_SECONDS, pool=None),
        # The semaphore bounds the calls: httpx's pool loses slots when calls are cancelled.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=AT_ONCE),
        headers={
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        },
        trust_env=False,
        verify=False,  # noqa: S501 - receivers stand on this machine; a context costs 20 ms
    ) as wire:
        yield wire
