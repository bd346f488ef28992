"""The operator after a storm: lists what is in doubt, looks into the upstreams' own books, says so.

Each doubt is ended by one command. What only a person can do, such as giving points back where the
CRM has no call for it, the clerk does first, in the upstream's own office.
"""

import asyncio
import json
from collections import Counter
from typing import Any

from tests.chaos.copies import Copy
from tests.sandbox_process import Sandbox

MOST = "10000"
AT_ONCE = 4
# A booking may be in doubt about its payment first, and about giving it back afterwards.
MOST_ROUNDS = 6
# Whoever was told drives on; what it meets on the way may take a retry or two.
BETWEEN_SECONDS = 5.0

Row = dict[str, Any]


class Clerk:
    """`commands` counts what was said, by the point at which it was asked."""

    def __init__(self, sandbox: Sandbox, copy: Copy) -> None:
        self._sandbox = sandbox
        self._copy = copy
        self._room = asyncio.Semaphore(AT_ONCE)
        self.commands: Counter[str] = Counter()
        self.problems: list[str] = []

    async def settle(self) -> None:
        """Until nothing is in doubt any more, or for as long as anybody would try."""
        for _ in range(MOST_ROUNDS):
            if not await self.look():
                return
            await asyncio.sleep(BETWEEN_SECONDS)
        self.problems += [f"{row['id']} is in doubt for ever" for row in await self.in_doubt()]

    async def look(self, *, thinks_seconds: float = 0.0) -> int:
        """End what is in doubt, and still is when so much time has passed; how many that were."""
        rows = await self.in_doubt()
        if rows and thinks_seconds:
            await asyncio.sleep(thinks_seconds)
            still = {(row["id"], row["point"]) for row in await self.in_doubt()}
            rows = [row for row in rows if (row["id"], row["point"]) in still]
        await asyncio.gather(*(self._settled(row) for row in rows))
        return len(rows)

    async def in_doubt(self) -> list[Row]:
        told, code = await self._copy.bookings("--in-doubt", "--limit", MOST, "--json")
        assert code == 0, told
        rows: list[Row] = json.loads(told)["bookings"]
        return rows

    async def _settled(self, row: Row) -> None:
        async with self._room:
            said = await asyncio.to_thread(self._looked_up, row)
            told, code = await self._copy.bookings("resolve", row["id"], *said, "--json")
        self.commands[f"{row['point']} {said[0]}"] += 1
        if not told.startswith("{"):
            self.problems.append(f"resolve {row['id']} {said}: {code}, {told}")

    def _looked_up(self, row: Row) -> tuple[str, ...]:
        """What really became of the call."""
        match row["point"]:
            case "ACCEPTED":
                return self._request(row["id"])
            case "HELD":
                return ("--done",) if self._points(row["id"]) else ("--not-done",)
            case "UNDOING":
                self._free_place(row["id"])
            case "RETURNING":
                for receipt in self._receipts(row["id"]):
                    self._sandbox.post(f"/memberson/receipts/{receipt}/give-back")
            case _:
                # The audit reads whether what is left is as it should be.
                pass
        return ("--done",)

    def _request(self, booking_id: str) -> tuple[str, ...]:
        rows = self._sandbox.books("sevenrooms")["requests"]
        ours = [row["id"] for row in rows if row["external_user_id"] == booking_id]
        return ("--done", "--id", ours[0]) if ours else ("--not-done",)

    def _entries(self, booking_id: str) -> list[Row]:
        ledger = self._sandbox.books("memberson")["ledger"]
        return [row for row in ledger if row["receipt_no"].rpartition("-")[0] == booking_id]

    def _points(self, booking_id: str) -> int:
        return -sum(row["amount"] for row in self._entries(booking_id))

    def _receipts(self, booking_id: str) -> set[str]:
        return {row["receipt_no"] for row in self._entries(booking_id)}

    def _free_place(self, booking_id: str) -> None:
        books = self._sandbox.books("sevenrooms")
        asked = {row["id"] for row in books["requests"] if row["external_user_id"] == booking_id}
        for row in books["reservations"]:
            ours = row["external_id"] == booking_id or row["request_id"] in asked
            if ours and row["status_code"] != "CANCELED":
                cancelled = {"status_code": "CANCELED"}
                self._sandbox.post(f"/sevenrooms/reservations/{row['id']}/status", cancelled)
