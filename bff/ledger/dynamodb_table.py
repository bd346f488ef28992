"""One DynamoDB table in the few calls that the ledger needs, pages and conflicts dealt with.

Reads are strongly consistent, but for those of the index, which DynamoDB offers no other way.
"""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bff.booking.ledger_away import LedgerAway
from clients.aws import AwsCalls, AwsFailed

# A row, or its key, as DynamoDB spells it: {"name": {"S": "text"}}.
Row = dict[str, Any]

# The most rows of one transaction, and of one batch.
_BATCH = 100
# Neighbours who want the same row at once, and throttled batches, are done within milliseconds.
_TRIES = 6
_FIRST_DELAY_SECONDS = 0.02


class ConditionFailed(Exception):
    """The row was not as the write expects it; `there` is what it was, empty where none was."""

    def __init__(self, there: Row) -> None:
        super().__init__("condition failed")
        self.there = there


class DynamoTable:
    """Errors: LedgerAway, beside those that a call names."""

    def __init__(self, calls: AwsCalls, name: str) -> None:
        self._calls = calls
        self._name = name

    async def get(self, key: Row) -> Row | None:
        answer = await self._read("get_item", self._named({"Key": key, "ConsistentRead": True}))
        return answer.get("Item")

    async def get_many(self, keys: Sequence[Row], *names: str) -> list[Row]:
        """The rows that exist, in no order; only the attributes `names`, where any are given."""
        batches = [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]
        found = await asyncio.gather(*(self._batch(batch, names) for batch in batches))
        return [row for rows in found for row in rows]

    async def query(
        self, condition: str, values: Row, *, index: str | None = None, limit: int | None = None
    ) -> list[Row]:
        """The rows in order, page after page, to the end or to about `limit`."""
        asked: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            **({"IndexName": index} if index else {"ConsistentRead": True}),
            **({"Limit": limit} if limit else {}),
        }
        rows: list[Row] = []
        async for page in self._pages("query", asked):
            rows += page
            if limit and len(rows) >= limit:
                break
        return rows

    async def scan(self, condition: str, values: Row) -> list[Row]:
        """Of the whole table the rows that are so, each without its body."""
        pages = self.scanned(condition, values, "pk, sk, created_at")
        return [row async for page in pages for row in page]

    async def scanned(self, condition: str, values: Row, names: str) -> AsyncIterator[list[Row]]:
        """The same page by page, of each row the attributes `names`."""
        asked = {
            "FilterExpression": condition,
            "ExpressionAttributeValues": values,
            "ProjectionExpression": names,
        }
        async for page in self._pages("scan", asked):
            yield page

    async def _pages(self, operation: str, asked: Row) -> AsyncIterator[list[Row]]:
        while True:
            page = await self._read(operation, self._named(asked))
            yield page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def put(self, row: Row, condition: str | None = None, values: Row | None = None) -> None:
        """Write the whole row. Errors: ConditionFailed."""
        await self._write("put_item", {"Item": row}, condition, values)

    async def update(
        self, key: Row, change: str, condition: str | None = None, values: Row | None = None
    ) -> Row:
        """Change a row, or make it; what it is then. Errors: ConditionFailed."""
        changed = {"Key": key, "UpdateExpression": change, "ReturnValues": "ALL_NEW"}
        answer = await self._write("update_item", changed, condition, values)
        return dict(answer.get("Attributes", {}))

    async def delete(
        self, key: Row, condition: str | None = None, values: Row | None = None
    ) -> None:
        """Errors: ConditionFailed."""
        await self._write("delete_item", {"Key": key}, condition, values)

    async def put_all_new(self, rows: Sequence[Row]) -> None:
        """Write all of these rows, or none where one is there already. Errors: ConditionFailed."""
        asked = [_asked({"Item": row}, "attribute_not_exists(pk)") for row in rows]
        await self._transact([{"Put": self._named(put)} for put in asked])

    async def put_and_strip(
        self,
        row: Row,
        condition: str,
        values: Row,
        stripped: Sequence[Row],
        names: Sequence[str],
    ) -> None:
        """Write the row, and take attributes off others, all or nothing. Errors: ConditionFailed.

        Of more than a transaction takes, the last are left as they are.
        """
        change = {"UpdateExpression": f"REMOVE {', '.join(names)}"}
        strips = [
            {"Update": self._named({"Key": {"pk": other["pk"], "sk": other["sk"]}, **change})}
            for other in stripped
        ]
        put = self._named(_asked({"Item": row}, condition, values))
        await self._transact([{"Put": put}, *strips][:_BATCH])

    async def _transact(self, items: Sequence[Row]) -> None:
        """The token lets a call that is made twice do it once; a new try is a new transaction."""

        async def tried() -> Row:
            token = secrets.token_hex(16)
            return await self._calls.run(
                "transact_write_items", TransactItems=items, ClientRequestToken=token
            )

        try:
            await _persistently(tried)
        except AwsFailed as failure:
            for reason in failure.answer.get("CancellationReasons", ()):
                if reason.get("Code") == "ConditionalCheckFailed":
                    raise ConditionFailed(dict(reason.get("Item", {}))) from None
            raise LedgerAway(str(failure)) from None

    async def _write(
        self, operation: str, what: Row, condition: str | None, values: Row | None
    ) -> Row:
        asked = _asked(what, condition, values)
        try:
            return await _persistently(partial(self._calls.run, operation, **self._named(asked)))
        except AwsFailed as failure:
            if failure.code != "ConditionalCheckFailedException":
                raise LedgerAway(str(failure)) from None
            raise ConditionFailed(dict(failure.answer.get("Item", {}))) from None

    async def _batch(self, keys: Sequence[Row], names: Sequence[str]) -> list[Row]:
        asked: dict[str, Any] = {"Keys": list(keys), "ConsistentRead": True}
        if names:
            asked["ProjectionExpression"] = ", ".join(names)
        wanted, rows = {self._name: asked}, []
        for tried in range(1, _TRIES + 1):
            answer = await self._read("batch_get_item", {"RequestItems": wanted})
            rows += answer["Responses"].get(self._name, [])
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return rows
            await _pause(tried)
        raise LedgerAway("dynamodb batch_get_item: UnprocessedKeys")

    async def _read(self, operation: str, asked: Row) -> Row:
        try:
            return await self._calls.run(operation, **asked)
        except AwsFailed as failure:
            raise LedgerAway(str(failure)) from None

    def _named(self, parameters: Row) -> Row:
        return {"TableName": self._name, **parameters}


def _asked(what: Row, condition: str | None, values: Row | None = None) -> Row:
    asked = dict(what)
    if condition:
        asked["ConditionExpression"] = condition
        asked["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if values:
        asked["ExpressionAttributeValues"] = values
    return asked


async def _persistently(call: Callable[[], Awaitable[Row]]) -> Row:
    """Make the call again while a transaction has the same row in hand."""
    for tried in range(1, _TRIES):
        try:
            return await call()
        except AwsFailed as failure:
            if not _is_conflict(failure):
                raise
        await _pause(tried)
    return await call()


def _is_conflict(failure: AwsFailed) -> bool:
    reasons: Sequence[Mapping[str, Any]] = failure.answer.get("CancellationReasons", ())
    codes = {reason.get("Code") for reason in reasons}
    if "ConditionalCheckFailed" in codes:
        return False
    return failure.code == "TransactionConflictException" or "TransactionConflict" in codes


async def _pause(tried: int) -> None:
    longest = _FIRST_DELAY_SECONDS * 2**tried
    await asyncio.sleep(longest * random.random())  # noqa: S311 - jitter, not a secret
