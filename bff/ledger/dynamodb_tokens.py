"""The upstreams' tokens that running copies share, beside the bookings in the same table."""

import contextlib
import datetime as dt
from collections.abc import Callable

from bff.ledger.codec import Seal
from bff.ledger.dynamodb_rows import seconds, text
from bff.ledger.dynamodb_table import ConditionFailed, DynamoTable
from bff.ledger.token_rows import TURN, fetched_seconds, token_from_bytes, token_to_bytes
from clients.tokens import FetchedToken


class DynamoTokenStore:
    """Implements the port TokenStore for one upstream; `owner` is this copy. Errors: LedgerAway."""

    def __init__(
        self,
        table: DynamoTable,
        seal: Seal,
        upstream: str,
        owner: str,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._table = table
        self._seal = seal
        self._upstream = upstream
        self._key = {"pk": text(f"TOKEN#{upstream}"), "sk": text("TOKEN")}
        self._owner = text(owner)
        self._now = now

    async def load(self) -> FetchedToken | None:
        row = await self._table.get(self._key)
        if row is None or "sealed" not in row:
            return None
        return token_from_bytes(row["sealed"]["B"], self._upstream, self._seal)

    async def take_turn(self) -> bool:
        now = self._now()
        values = {":me": self._owner, ":now": seconds(now), ":until": seconds(now + TURN)}
        # Ours already where the answer to this very write was lost, and it was made once more.
        free = "attribute_not_exists(turn_until) OR turn_until <= :now OR turn_owner = :me"
        change = "SET turn_owner = :me, turn_until = :until"
        try:
            await self._table.update(self._key, change, free, values)
        except ConditionFailed:
            return False
        return True

    async def save(self, token: FetchedToken) -> None:
        values = {
            ":sealed": {"B": token_to_bytes(token, self._upstream, self._seal)},
            ":fetched": {"N": f"{fetched_seconds(token):.6f}"},
        }
        newer = "attribute_not_exists(fetched_at) OR fetched_at <= :fetched"
        with contextlib.suppress(ConditionFailed):
            change = "SET sealed = :sealed, fetched_at = :fetched"
            await self._table.update(self._key, change, newer, values)

    async def end_turn(self) -> None:
        with contextlib.suppress(ConditionFailed):
            await self._table.update(
                self._key, "REMOVE turn_owner, turn_until", "turn_owner = :me", {":me": self._owner}
            )
