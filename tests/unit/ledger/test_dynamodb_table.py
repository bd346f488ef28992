"""What DynamoDB answers under pressure, which no stand-in does by itself."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bff.booking.ledger_away import LedgerAway
from bff.ledger.dynamodb_table import ConditionFailed, DynamoTable, Row
from clients.aws import open_aws
from tests.aws_stand_ins import pointing_boto3_at
from tests.scripted_peer import Exchange, Peer, open_peer

ROW: Row = {"pk": {"S": "p"}, "sk": {"S": "s"}}
_KIND = "com.amazonaws.dynamodb.v20120810#"


def refusal(code: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": f"{_KIND}{code}", "message": "canary-message", **more}


def cancelled(*codes: str) -> tuple[int, dict[str, Any]]:
    reasons = [{"Code": code, "Message": "m"} for code in codes]
    return refusal("TransactionCanceledException", CancellationReasons=reasons)


@asynccontextmanager
async def scripted(*answers: tuple[int, dict[str, Any]]) -> AsyncIterator[tuple[DynamoTable, Peer]]:
    """A table that gives these answers one after another, the last for ever."""
    left = list(answers)

    async def behave(exchange: Exchange) -> None:
        status, body = left.pop(0) if len(left) > 1 else left[0]
        await exchange.answer(status, json.dumps(body).encode())

    async with open_peer(behave) as peer:
        with pointing_boto3_at(dynamodb=peer.url):
            async with open_aws("dynamodb") as calls:
                yield DynamoTable(calls, "ledger"), peer


async def test_a_row_that_a_transaction_has_in_hand_is_written_after_it() -> None:
    conflict = refusal("TransactionConflictException")
    async with scripted(conflict, conflict, (200, {})) as (table, peer):
        await table.put(ROW, "attribute_not_exists(pk)")
        assert len(peer.asked) == 3


async def test_rows_that_another_transaction_has_in_hand_are_written_after_it() -> None:
    conflict = cancelled("None", "TransactionConflict")
    async with scripted(conflict, (200, {})) as (table, peer):
        await table.put_all_new([ROW, ROW])
        assert len(peer.asked) == 2


async def test_a_row_that_is_there_already_ends_the_trying_at_once() -> None:
    async with scripted(cancelled("ConditionalCheckFailed", "TransactionConflict")) as (
        table,
        peer,
    ):
        with pytest.raises(ConditionFailed):
            await table.put_all_new([ROW, ROW])
        assert len(peer.asked) == 1


async def test_a_conflict_without_end_is_given_up() -> None:
    async with scripted(cancelled("TransactionConflict")) as (table, peer):
        with pytest.raises(LedgerAway, match="TransactionCanceledException"):
            await table.put_all_new([ROW])
        assert len(peer.asked) == 6


async def test_a_batch_that_was_cut_short_is_asked_for_the_rest() -> None:
    rest = {"ledger": {"Keys": [ROW], "ConsistentRead": True}}
    first = (200, {"Responses": {"ledger": [ROW]}, "UnprocessedKeys": rest})
    second = (200, {"Responses": {"ledger": [ROW]}, "UnprocessedKeys": {}})
    async with scripted(first, second) as (table, peer):
        assert await table.get_many([ROW, ROW]) == [ROW, ROW]
        assert json.loads(peer.bodies[1])["RequestItems"] == rest


async def test_a_batch_that_is_always_cut_short_is_an_error_and_no_short_list() -> None:
    rest = {"ledger": {"Keys": [ROW]}}
    async with scripted((200, {"Responses": {}, "UnprocessedKeys": rest})) as (table, _):
        with pytest.raises(LedgerAway, match="UnprocessedKeys"):
            await table.get_many([ROW])


async def test_pages_are_read_to_the_end_or_to_the_limit() -> None:
    page = (200, {"Items": [ROW], "LastEvaluatedKey": ROW})
    last = (200, {"Items": [ROW]})
    async with scripted(page, page, last) as (table, _):
        assert len(await table.query("pk = :p", {":p": ROW["pk"]})) == 3
    async with scripted(page) as (table, peer):
        assert len(await table.query("pk = :p", {":p": ROW["pk"]}, index="due", limit=2)) == 2
        assert len(peer.asked) == 2


async def test_a_refusal_says_its_code_and_nothing_of_what_was_written() -> None:
    async with scripted(refusal("ResourceNotFoundException")) as (table, _):
        with pytest.raises(LedgerAway) as refused:
            await table.put(ROW)
    assert str(refused.value) == "dynamodb put_item: ResourceNotFoundException"
    assert refused.value.__cause__ is None
