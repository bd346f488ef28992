"""Calls through boto3 go by the rules of every other upstream."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from clients import aws, breaker, retries
from clients.aws import AwsCalls, AwsFailed, open_aws, open_polling
from clients.breaker import State
from clients.watching import overhearing
from tests.aws_stand_ins import pointing_boto3_at
from tests.scripted_peer import (
    Behaviour,
    Exchange,
    Peer,
    answers,
    drops,
    keeps_silent,
    open_peer,
)

KEY = {"pk": {"S": "member#canary"}, "sk": {"S": "booking"}}
WELL = answers(200, b"{}")


def refusal(code: str, status: int = 400, **more: Any) -> Behaviour:
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    body = {"__type": kind, "message": "canary-message", **more}
    return answers(status, json.dumps(body).encode())


def cancelled(*reasons: str) -> Behaviour:
    """A transaction of so many rows."""
    told = [{"Code": reason} for reason in reasons]
    return refusal("TransactionCanceledException", CancellationReasons=told)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after another, the last for ever."""
    left = list(behaviours)

    async def behave(exchange: Exchange) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return behave


@asynccontextmanager
async def table(behave: Behaviour) -> AsyncIterator[tuple[AwsCalls, Peer]]:
    async with open_peer(behave) as peer:
        with pointing_boto3_at(dynamodb=peer.url):
            async with open_aws("dynamodb") as calls:
                yield calls, peer


async def put(calls: AwsCalls) -> dict[str, Any]:
    return await calls.run("put_item", TableName="ledger", Item=KEY)


async def get(calls: AwsCalls) -> dict[str, Any]:
    return await calls.run("get_item", TableName="ledger", Key=KEY)


async def code_of(calls: AwsCalls) -> str:
    """Of a write that fails."""
    with pytest.raises(AwsFailed) as caught:
        await put(calls)
    assert "canary" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("call", [put, get])
@pytest.mark.parametrize(
    "first",
    [
        drops,
        refusal("InternalServerError", 500),
        answers(503, b"no JSON"),
        refusal("ProvisionedThroughputExceededException"),
        refusal("ThrottlingException"),
        cancelled("ThrottlingError", "None", "ProvisionedThroughputExceeded"),
        refusal("TransactionInProgressException"),
    ],
)
async def test_a_call_that_failed_is_made_once_more(first: Behaviour, call: Any) -> None:
    async with table(in_turn(first, WELL)) as (calls, peer):
        await call(calls)
        assert len(peer.asked) == 2


async def test_a_refusal_is_told_as_it_is_and_not_asked_again() -> None:
    async with table(refusal("ConditionalCheckFailedException")) as (calls, peer):
        with pytest.raises(AwsFailed, match=r"^dynamodb put_item: Cond\w+$") as refused:
            await put(calls)
        assert refused.value.answer["Error"]["Code"] == "ConditionalCheckFailedException"
        assert len(peer.asked) == 1


@pytest.mark.parametrize(
    "says",
    [
        refusal("ConditionalCheckFailedException"),
        cancelled("None", "ConditionalCheckFailed", "ThrottlingError"),
    ],
)
async def test_a_condition_that_was_not_met_is_no_failure_of_a_call(
    says: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    """Every heartbeat meets one: a line each would hide what does fail."""
    async with table(says) as (calls, peer):
        with caplog.at_level("INFO", "upstream"), overhearing() as heard:
            await code_of(calls)
        assert [call.outcome for call in heard.calls] == ["answered"]
        assert not caplog.records
        assert len(peer.asked) == 1


@pytest.mark.parametrize("reason", ["TransactionConflict", "ValidationError"])
async def test_another_reason_to_cancel_is_the_callers_to_deal_with(reason: str) -> None:
    async with table(cancelled("ThrottlingError", reason)) as (calls, peer):
        with overhearing() as heard:
            assert await code_of(calls) == "TransactionCanceledException"
        assert [call.outcome for call in heard.calls] == ["Refused"]
        assert len(peer.asked) == 1


@pytest.mark.parametrize("code", ["ConditionalCheckFailedException", "ThrottlingException"])
async def test_an_answer_however_often_it_is_no_keeps_nobody_from_asking(code: str) -> None:
    """Throttling is of one partition: to stop asking would take all the others away as well."""
    made = 2 * breaker.MINIMUM_CALLS
    async with table(refusal(code)) as (calls, peer):
        assert {await code_of(calls) for _ in range(made)} == {code}
        assert calls.guard.breaker.state is State.CLOSED
        assert len(peer.asked) >= made


async def test_a_table_that_fails_all_calls_is_left_in_peace() -> None:
    async with table(refusal("InternalServerError", 500)) as (calls, _):
        codes = [await code_of(calls) for _ in range(breaker.MINIMUM_CALLS + 1)]
        assert (codes[0], codes[-1]) == ("InternalServerError", "CircuitOpen")


async def test_failures_alone_add_hardly_any_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "MINIMUM_CALLS", 1_000)
    async with table(refusal("InternalServerError", 500)) as (calls, peer):
        for _ in range(100):
            assert await code_of(calls) == "InternalServerError"
        assert 100 < len(peer.asked) <= 110


async def test_a_table_that_is_back_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(breaker, "PAUSE_JITTER", 0.0)
    async with table(drops) as (calls, peer):
        while calls.guard.breaker.state is State.CLOSED:
            await code_of(calls)
        peer.behave = WELL
        async with asyncio.timeout(10):
            while calls.guard.breaker.state is not State.CLOSED:
                with suppress(AwsFailed):
                    await put(calls)
                await asyncio.sleep(calls.guard.breaker.opens_in() or 0)
        await put(calls)


async def test_callers_who_hang_and_leave_do_not_use_up_the_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aws, "READ_SECONDS", 0.5)
    monkeypatch.setattr(aws, "CALL_SECONDS", 1.0)
    # So many failures would open the breaker; here it is about threads.
    monkeypatch.setattr(breaker, "MINIMUM_CALLS", 1_000)
    async with table(keeps_silent) as (calls, peer):
        for _ in range(3):
            asking = [asyncio.ensure_future(get(calls)) for _ in range(3 * aws.THREADS)]
            await asyncio.sleep(0)
            for task in asking[::2]:
                task.cancel()
            ended = await asyncio.gather(*asking, return_exceptions=True)
            assert {type(one) for one in ended} == {asyncio.CancelledError, AwsFailed}
        await calls.guard.drain()
        peer.over.set()
        peer.behave = WELL
        await asyncio.gather(*(get(calls) for _ in range(aws.THREADS)))
        assert calls.guard.under_way == 0


async def test_a_poll_that_nobody_waits_for_any_more_keeps_nobody_waiting() -> None:
    async with open_peer(keeps_silent) as peer:
        with pointing_boto3_at(sqs=peer.url):
            async with asyncio.timeout(5), open_polling("sqs", poll_seconds=20) as calls:
                polling = asyncio.ensure_future(
                    calls.run("receive_message", QueueUrl=f"{peer.url}/0/q", WaitTimeSeconds=20)
                )
                await peer.arrived.wait()
                polling.cancel()
            assert calls.guard.under_way == 0


async def test_a_poll_that_is_repeated_waits_as_long_as_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it would go on in its thread, and take messages that nobody is told of."""
    monkeypatch.setattr(aws, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(aws, "READ_SECONDS", 0.9)
    monkeypatch.setattr(retries, "LONGEST_PAUSE_SECONDS", 0.0)

    async def answers_late(exchange: Exchange) -> None:
        await asyncio.sleep(0.7)
        await exchange.answer(200, b'{"Messages": []}')

    async with open_peer(in_turn(keeps_silent, answers_late)) as peer:
        with pointing_boto3_at(sqs=peer.url):
            async with open_polling("sqs", poll_seconds=0.1) as calls:
                await calls.run("receive_message", QueueUrl=f"{peer.url}/0/q")
        assert len(peer.asked) == 2
