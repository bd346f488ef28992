"""What SQS put aside: messages that were received too often and never deleted."""

import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bff.wakeups.sqs import BATCH, booking_id_in
from clients.aws import AwsCalls, AwsFailed, open_polling

# SQS answers a short poll from a part of its servers only; nothing after a long one is nothing.
POLL_SECONDS = 1
# For so long nobody else sees a message that we look at.
IN_HAND_SECONDS = 120


class NoDeadLetterQueue(Exception):
    """The queue of wake-ups has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`booking_id`: None where the message cannot be read. `sent_at`: the first time."""

    message_id: str
    receipt: str = field(repr=False)
    body: str
    booking_id: str | None
    sent_at: dt.datetime


class DeadLetters:
    """A message that was read is in hand until it is removed or put back."""

    def __init__(self, calls: AwsCalls, queue_url: str) -> None:
        self._calls = calls
        self._queue = queue_url

    async def read(self, limit: int) -> Sequence[Letter]:
        """At most `limit` messages, each once. Errors: AwsFailed."""
        found: dict[str, Letter] = {}
        while len(found) < limit:
            answer = await self._calls.run(
                "receive_message",
                QueueUrl=self._queue,
                MaxNumberOfMessages=min(BATCH, limit - len(found)),
                VisibilityTimeout=IN_HAND_SECONDS,
                WaitTimeSeconds=POLL_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            messages = answer.get("Messages", ())
            if not messages:
                break
            found |= {message["MessageId"]: _letter(message) for message in messages}
        return list(found.values())

    async def count(self) -> int:
        """About how many there are. Errors: AwsFailed."""
        name = "ApproximateNumberOfMessages"
        asked = await self._calls.run(
            "get_queue_attributes", QueueUrl=self._queue, AttributeNames=[name]
        )
        return int(asked["Attributes"][name])

    async def remove(self, letter: Letter) -> None:
        await self._calls.run("delete_message", QueueUrl=self._queue, ReceiptHandle=letter.receipt)

    async def put_back(self, letter: Letter) -> None:
        """Let others see it again, at once."""
        await self._calls.run(
            "change_message_visibility",
            QueueUrl=self._queue,
            ReceiptHandle=letter.receipt,
            VisibilityTimeout=0,
        )


@asynccontextmanager
async def open_dead_letters(wakeups_url: str) -> AsyncIterator[DeadLetters]:
    """Those of this queue of wake-ups. Errors: NoDeadLetterQueue, AwsFailed."""
    async with open_polling("sqs", POLL_SECONDS) as calls:
        yield DeadLetters(calls, await _dead_letter_queue(calls, wakeups_url))


@asynccontextmanager
async def counted(wakeups_url: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """What tells how many they are. Errors: those of `open_dead_letters`."""
    async with open_dead_letters(wakeups_url) as letters:
        yield letters.count


async def _dead_letter_queue(calls: AwsCalls, wakeups_url: str) -> str:
    """Its address, by the name that the queue's own redrive policy has for it."""
    asked = await calls.run(
        "get_queue_attributes", QueueUrl=wakeups_url, AttributeNames=["RedrivePolicy"]
    )
    policy = asked.get("Attributes", {}).get("RedrivePolicy")
    if policy is None:
        raise NoDeadLetterQueue
    *_, account, name = json.loads(policy)["deadLetterTargetArn"].split(":")
    try:
        found = await calls.run("get_queue_url", QueueName=name, QueueOwnerAWSAccountId=account)
    except AwsFailed as failure:
        if failure.code.endswith(("NonExistentQueue", "QueueDoesNotExist")):
            raise NoDeadLetterQueue from None
        raise
    return str(found["QueueUrl"])


def _letter(message: dict[str, Any]) -> Letter:
    sent = int(message["Attributes"]["SentTimestamp"]) / 1000
    return Letter(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        booking_id=booking_id_in(message),
        sent_at=dt.datetime.fromtimestamp(sent, dt.UTC),
    )
