"""What goes wrong in a storm: processes die, upstreams fail, events come twice and out of order."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.copies import Copy
from tests.lossy_proxy import Proxy
from tests.sandbox_process import Sandbox

# Routes that change something, so that a fault there leaves a doubt.
WRITES = (
    ("sevenrooms", "PUT */holds"),
    ("sevenrooms", "PUT */book"),
    ("sevenrooms", "PUT */request"),
    ("sevenrooms", "POST */requests/delete"),
    ("sevenrooms", "DELETE */reservations/*"),
    ("memberson", "POST */redeem-point"),
    ("memberson", "POST */cancel-redeem-point"),
    ("stripe", "POST /v1/payment_intents"),
    ("stripe", "POST /v1/payment_intents/*/capture"),
    ("stripe", "POST /v1/payment_intents/*/cancel"),
    ("stripe", "POST /v1/refunds"),
)
UPSTREAMS = ("sevenrooms", "memberson", "stripe")
# Longer than a lease, and than the table's breaker needs to open.
LONGEST_WITHOUT_TABLE = 6.0


@dataclass
class Weather:
    """Counts all that was injected in `did`."""

    sandbox: Sandbox
    dice: random.Random
    did: Counter[str] = field(default_factory=Counter)
    restart_seconds: list[float] = field(default_factory=list)

    async def pays(self, secret: str, card: str, **how: str) -> None:
        """The guest's phone; an intent that is cancelled by now refuses, and so it should."""
        given = {"client_secret": secret, "card": card, **how}
        await self.sandbox.post_aside("/stripe/pay", given)

    async def kills(self, copies: Sequence[Copy], every: float) -> None:
        """SIGKILL a copy, leave it dead for a moment, start it again."""
        while True:
            await asyncio.sleep(every * self.dice.uniform(0.5, 1.5))
            copy = self.dice.choice([copy for copy in copies if copy.is_up])
            copy.kill()
            self.did[f"kill -9 of a {'worker' if copy.command == 'work' else 'server'}"] += 1
            killed = time.monotonic()
            await asyncio.sleep(self.dice.uniform(0, 0.5))
            await copy.start()
            self.restart_seconds.append(time.monotonic() - killed)

    @property
    def kills_done(self) -> int:
        return sum(count for what, count in self.did.items() if what.startswith("kill"))

    async def fails(self, every: float) -> None:
        """Single faults on writes: done and the answer lost, not done, done late, refused, slow."""
        while True:
            await asyncio.sleep(every * self.dice.uniform(0.5, 1.5))
            upstream, route = self.dice.choice(WRITES)
            kind, settings = self.dice.choice(
                (
                    ("drop_after", {}),
                    ("drop_before", {}),
                    ("late", {"seconds": 1.5}),
                    ("error", {"status": 503}),
                    ("error", {"status": 502, "stored": True}),
                    ("error", {"status": 429, "retry_after": 1}),
                    ("latency", {"milliseconds": [200, 1500]}),
                    ("garbage", {"shape": "text"}),
                )
            )
            times = self.dice.randint(1, 3)
            await self._fault(upstream, kind, route=route, times=times, **settings)
            self.did[f"fault: {kind}"] += times

    async def goes_away(self, every: float, longest: float) -> None:
        """A whole upstream, for a while."""
        while True:
            await asyncio.sleep(every * self.dice.uniform(0.5, 1.5))
            upstream = self.dice.choice(UPSTREAMS)
            how = self.dice.choice(("refuse", "abort"))
            fault = await self._fault(upstream, "down", how=how)
            self.did[f"outage of {upstream}"] += 1
            await asyncio.sleep(self.dice.uniform(0.3, longest))
            await self._forget(fault)

    async def loses_the_table(self, table: Proxy, every: float) -> None:
        """The ledger's own upstream, for a while."""
        try:
            while True:
                await asyncio.sleep(every * self.dice.uniform(0.5, 1.5))
                table.is_away = True
                self.did["outage of the table"] += 1
                await asyncio.sleep(self.dice.uniform(0.3, LONGEST_WITHOUT_TABLE))
                table.is_away = False
        finally:
            table.is_away = False

    async def revokes(self, every: float) -> None:
        """Upstream tokens are refused from one moment to the next."""
        while True:
            await asyncio.sleep(every * self.dice.uniform(0.5, 1.5))
            await self._fault(self.dice.choice(("sevenrooms", "memberson")), "revoke")
            self.did["tokens revoked"] += 1

    async def muddles_webhooks(self, every: float) -> None:
        """Events are kept back and let go in another order; some come again."""
        while True:
            await self.sandbox.post_aside("/stripe/webhook/hold")
            await asyncio.sleep(every * self.dice.uniform(0.5, 1.5))
            order = {"order": "shuffled", "seed": self.dice.getrandbits(16)}
            released = await self.sandbox.post_aside("/stripe/webhook/release", order)
            self.did["webhooks out of order"] += len(released["deliveries"])
            await self._again()

    async def _again(self) -> None:
        known = (await asyncio.to_thread(self.sandbox.books, "stripe"))["events"]
        for event in self.dice.sample(known, min(3, len(known))):
            given = {"event": event["id"], "times": 2}
            # A copy that hangs keeps Stripe waiting, and so whoever waits for Stripe.
            with suppress(httpx.ReadTimeout):
                sent = await self.sandbox.post_aside("/stripe/webhook/resend", given)
                self.did["webhooks sent again"] += len(sent["deliveries"])

    async def venue_decides(self, every: float) -> None:
        """Requests are approved or declined; some are left without an answer."""
        left: set[str] = set()
        while True:
            await asyncio.sleep(every)
            rows = (await asyncio.to_thread(self.sandbox.books, "sevenrooms"))["requests"]
            for row in rows:
                if row["status"] == "UNAPPROVED" and row["id"] not in left:
                    says = self.dice.choice(("approve", "approve", "decline", "nothing"))
                    left.add(row["id"])
                    await self._says(row["id"], says)

    async def _says(self, request_id: str, says: str) -> None:
        self.did[f"venue says {says}"] += 1
        if says == "nothing":
            return
        # Withdrawn in this very moment: then the venue has nothing to say.
        with suppress(httpx.HTTPStatusError):
            await self.sandbox.post_aside(f"/sevenrooms/requests/{request_id}/{says}")

    async def _fault(self, upstream: str, kind: str, **settings: Any) -> Any:
        given = {"upstream": upstream, "kind": kind, **settings}
        return await self.sandbox.post_aside("/faults", given)

    async def _forget(self, added: Any) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            for one in added["faults"]:
                await http.delete(f"{self.sandbox.control_url}/faults/{one['id']}")
