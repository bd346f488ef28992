"""Wake-ups through an SQS queue, for any number of running copies.

A message is deleted once it has been handed over. One that is lost before that comes again when the
queue's visibility time-out is over; one that comes twice costs a look. What cannot be read is left
alone: after the queue's `maxReceiveCount` SQS moves it to the dead-letter queue, for somebody to
look at.
"""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from clients.aws import AwsCalls, AwsFailed, open_aws, open_polling
from clients.guard import Guard
from clients.watching import SILENT, Watch

log = logging.getLogger(__name__)

# The longest that SQS delays a message. The sweep finds a booking that is due later.
MAX_DELAY_SECONDS = 900
# The longest poll that SQS allows: 130,000 calls a month and worker.
POLL_SECONDS = 20
# The most that one call receives.
BATCH = 10
# While the queue is out of reach the sweep does the work.
PAUSE_SECONDS = 2.0


class SqsWakeups:
    """Implements the port Wakeups."""

    def __init__(self, sending: AwsCalls, polling: AwsCalls, queue_url: str) -> None:
        self._sending = sending
        self._polling = polling
        self._queue = queue_url
        self.guards: Sequence[Guard] = (sending.guard, polling.guard)

    async def wake(self, booking_id: str, delay_seconds: float = 0) -> None:
        """Errors: AwsFailed; the sweep will find the booking."""
        delay = min(MAX_DELAY_SECONDS, max(0, math.ceil(delay_seconds)))
        body = json.dumps({"booking_id": booking_id})
        await self._sending.run(
            "send_message", QueueUrl=self._queue, MessageBody=body, DelaySeconds=delay
        )

    async def listen(self) -> AsyncIterator[str]:
        while True:
            handed_over = []
            for message in await self._received():
                booking_id = booking_id_in(message)
                if booking_id is None:
                    log.warning("wakeup_unreadable", extra={"message_id": message.get("MessageId")})
                    continue
                yield booking_id
                handed_over.append(message)
            if handed_over:
                await self._delete(handed_over)

    async def _received(self) -> list[dict[str, Any]]:
        try:
            answer = await self._polling.run(
                "receive_message",
                QueueUrl=self._queue,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=POLL_SECONDS,
            )
        except AwsFailed as failure:
            log.warning("wakeups_out_of_reach", extra={"code": failure.code})
            await asyncio.sleep(PAUSE_SECONDS)
            return []
        return list(answer.get("Messages", ()))

    async def _delete(self, messages: list[dict[str, Any]]) -> None:
        entries = [
            {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
            for place, message in enumerate(messages)
        ]
        try:
            await self._sending.run("delete_message_batch", QueueUrl=self._queue, Entries=entries)
        except AwsFailed as failure:
            # They come again, and cost a look each.
            log.warning("wakeups_not_deleted", extra={"code": failure.code})


@asynccontextmanager
async def open_queue(queue_url: str, watch: Watch = SILENT) -> AsyncIterator[SqsWakeups]:
    """What a poll receives after its listener has left comes again, as does all that is lost."""
    async with (
        open_aws("sqs", watch) as sending,
        open_polling("sqs", POLL_SECONDS, watch) as polling,
    ):
        yield SqsWakeups(sending, polling, queue_url)


def booking_id_in(message: dict[str, Any]) -> str | None:
    """None where the message cannot be read."""
    try:
        booking_id = json.loads(message["Body"])["booking_id"]
    except (KeyError, TypeError, ValueError):
        return None
    return booking_id if isinstance(booking_id, str) else None
