"""What the queue adds: a lost wake-up comes again, and what cannot be read is put aside."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest

from bff.wakeups.sqs import MAX_DELAY_SECONDS, SqsWakeups, open_queue
from clients.aws import AwsFailed
from tests.aws_stand_ins import Queues, client, free_port, new_queues, pointing_boto3_at
from tests.scripted_peer import answers, open_peer

PATIENCE_SECONDS = 20


@dataclass
class Rig:
    wakeups: SqsWakeups
    queues: Queues
    sqs: Any

    def put(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.queues.wakeups, MessageBody=body)

    def left(self) -> int:
        """Messages of the queue, visible, delayed or in somebody's hands."""
        names = ("", "NotVisible", "Delayed")
        asked = [f"ApproximateNumberOfMessages{name}" for name in names]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queues.wakeups, AttributeNames=asked)
        return sum(int(answer["Attributes"][name]) for name in asked)

    def dead(self) -> list[str]:
        answer = self.sqs.receive_message(
            QueueUrl=self.queues.dead, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [message["Body"] for message in answer.get("Messages", ())]


@pytest.fixture
async def rig(aws: str) -> AsyncIterator[Rig]:
    queues = new_queues(aws)
    sqs = client("sqs", aws)
    with pointing_boto3_at(sqs=aws):
        async with open_queue(queues.wakeups) as wakeups:
            yield Rig(wakeups, queues, sqs)
    sqs.close()


async def test_a_wake_up_is_gone_once_it_was_handed_over(rig: Rig) -> None:
    await rig.wakeups.wake("bk1")
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(rig.wakeups.listen()) as listening:  # type: ignore[type-var]
        assert await anext(listening) == "bk1"
        assert rig.left() == 1
        again = asyncio.ensure_future(anext(listening))
        while rig.left():  # noqa: ASYNC110 - the queue tells nobody
            await asyncio.sleep(0.02)
        await rig.wakeups.wake("bk2")
        assert await again == "bk2"


async def test_a_wake_up_that_was_lost_on_the_way_comes_again(rig: Rig) -> None:
    await rig.wakeups.wake("bk1")
    for _ in range(2):  # the first listener leaves before it is done with it
        async with asyncio.timeout(PATIENCE_SECONDS), aclosing(rig.wakeups.listen()) as listening:  # type: ignore[type-var]
            assert await anext(listening) == "bk1"


async def test_what_cannot_be_read_ends_in_the_dead_letter_queue_and_stops_nobody(
    rig: Rig,
) -> None:
    unreadable = {" ", "{", "[]", '{"booking_id": 5}', '{"booking": "bk1"}', "null"}
    for body in unreadable:
        rig.put(body)
    found, dead = set(), set[str]()
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(rig.wakeups.listen()) as listening:  # type: ignore[type-var]
        while dead != unreadable:
            await rig.wakeups.wake("bk1")
            found.add(await anext(listening))
            dead.update(rig.dead())
    assert found == {"bk1"}


async def test_a_delay_is_cut_to_the_longest_that_sqs_takes() -> None:
    async with open_peer(answers(200, b'{"MessageId": "1"}')) as peer:
        with pointing_boto3_at(sqs=peer.url):
            async with open_queue(f"{peer.url}/000000000000/wakeups") as wakeups:
                for delay in (-1, 0.2, MAX_DELAY_SECONDS * 4):
                    await wakeups.wake("bk1", delay_seconds=delay)
    assert [json.loads(body)["DelaySeconds"] for body in peer.bodies] == [0, 1, MAX_DELAY_SECONDS]


async def test_a_message_holds_the_bookings_id_and_no_more(rig: Rig) -> None:
    await rig.wakeups.wake("bk1")
    answer = rig.sqs.receive_message(QueueUrl=rig.queues.wakeups, WaitTimeSeconds=2)
    assert json.loads(answer["Messages"][0]["Body"]) == {"booking_id": "bk1"}


async def test_a_queue_out_of_reach_is_said_to_the_sender_and_waited_for_by_the_listener() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pointing_boto3_at(sqs=nowhere):
        async with open_queue(f"{nowhere}/000000000000/wakeups") as wakeups:
            with pytest.raises(AwsFailed, match=r"^sqs send_message: EndpointConnectionError$"):
                await wakeups.wake("bk1")
            listening = asyncio.ensure_future(anext(aiter(wakeups.listen())))
            done, _ = await asyncio.wait({listening}, timeout=1)
            assert not done
            listening.cancel()
