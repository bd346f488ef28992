"""`replay-dead-letters` over a real queue: good messages wake, poison is listed and kept."""

import argparse
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bff.cli.dead_letters import Mailroom, replayed
from bff.cli.ending import Exit
from bff.credentials.vault import Vault
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from bff.wakeups.dead_letters import NoDeadLetterQueue, counted, open_dead_letters
from bff.wakeups.sqs import open_queue
from tests.aws_stand_ins import Queues, client, new_queues, pointing_boto3_at
from tests.booking_samples import booking
from tests.ledger_kinds import SEAL

POISON = ("{", '{"booking_id": 5}', "null", "call +6591234567")


class Rig:
    def __init__(self, room: Mailroom, ledger: SqliteLedger, queues: Queues, sqs: Any) -> None:
        self.room, self.ledger, self.queues, self.sqs = room, ledger, queues, sqs

    def bury(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queues.dead, MessageBody=body)

    def buried(self) -> set[str]:
        return self._bodies(self.queues.dead)

    def woken(self) -> set[str]:
        return {json.loads(body)["booking_id"] for body in self._bodies(self.queues.wakeups)}

    def _bodies(self, queue: str) -> set[str]:
        found: set[str] = set()
        while True:
            answer = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return found
            found |= {message["Body"] for message in answer["Messages"]}

    async def replay(self, **given: Any) -> tuple[Any, Exit]:
        defaults = {"limit": 100, "dry_run": False, "discard": False, "json": True}
        text, code = await replayed(self.room, argparse.Namespace(**(defaults | given)))
        return (json.loads(text) if (defaults | given)["json"] else text), code


@pytest.fixture
async def rig(aws: str, tmp_path: Path) -> AsyncIterator[Rig]:
    queues, sqs = new_queues(aws), client("sqs", aws)
    with pointing_boto3_at(sqs=aws):
        async with (
            open_file(tmp_path / "ledger.db") as file,
            open_queue(queues.wakeups) as wakeups,
            open_dead_letters(queues.wakeups) as letters,
        ):
            ledger = SqliteLedger(file, SEAL)
            await ledger.open(booking())
            room = Mailroom(letters=letters, ledger=ledger, wakeups=wakeups)
            yield Rig(room, ledger, queues, sqs)
    sqs.close()


def wake_up(booking_id: str) -> str:
    return json.dumps({"booking_id": booking_id})


async def test_a_wake_up_that_was_put_aside_wakes_its_booking_and_is_gone(rig: Rig) -> None:
    rig.bury(wake_up("bk_1"))
    told, code = await rig.replay()
    assert code is Exit.DONE
    assert told["counts"] == {"woken": 1}
    assert rig.woken() == {"bk_1"}
    assert rig.buried() == set()


async def test_poison_is_listed_without_personal_data_and_kept(rig: Rig) -> None:
    rig.bury(*POISON, wake_up("bk_gone"), wake_up("bk_1"))
    told, code = await rig.replay()
    assert code is Exit.LEFT_OVER
    assert told["counts"] == {"unreadable": 4, "no such booking": 1, "woken": 1}
    assert "+6591234567" not in json.dumps(told)
    assert rig.buried() == {*POISON, wake_up("bk_gone")}
    assert rig.woken() == {"bk_1"}


async def test_poison_is_removed_when_that_is_asked_for(rig: Rig) -> None:
    rig.bury(*POISON, wake_up("bk_gone"))
    told, code = await rig.replay(discard=True)
    assert code is Exit.DONE
    assert all(row["removed"] for row in told["messages"])
    assert rig.buried() == rig.woken() == set()


async def test_the_wake_up_of_a_booking_that_no_data_key_opens_is_kept(rig: Rig) -> None:
    other = SqliteLedger(rig.ledger._file, Vault((b"o" * 32,)))
    await other.open(booking(id="bk_2", idempotency_key="another"))
    rig.bury(wake_up("bk_2"))
    told, code = await rig.replay()
    assert told["counts"] == {"booking cannot be opened": 1}
    assert code is Exit.LEFT_OVER
    assert rig.buried() == {wake_up("bk_2")}


async def test_a_dry_run_tells_all_and_changes_nothing(rig: Rig) -> None:
    rig.bury(wake_up("bk_1"), *POISON)
    text, _ = await rig.replay(dry_run=True, discard=True, json=False)
    assert text.endswith("5 read; a dry run: nothing was changed")
    told, _ = await rig.replay(dry_run=True, discard=True)
    assert told["counts"] == {"woken": 1, "unreadable": 4}
    assert rig.woken() == set()
    assert rig.buried() == {wake_up("bk_1"), *POISON}


async def test_no_more_is_read_than_was_asked_for(rig: Rig) -> None:
    rig.bury(*(f"poison {number}" for number in range(25)))
    told, _ = await rig.replay(limit=12, discard=True)
    assert len(told["messages"]) == 12
    assert len(rig.buried()) == 13


async def test_a_queue_without_a_dead_letter_queue_says_so(aws: str) -> None:
    sqs = client("sqs", aws)
    queue = sqs.create_queue(QueueName="alone")["QueueUrl"]
    with pointing_boto3_at(sqs=aws), pytest.raises(NoDeadLetterQueue):
        async with open_dead_letters(queue):
            pass
    sqs.close()


async def test_a_collector_is_told_how_many_there_are(rig: Rig) -> None:
    rig.bury(*POISON)
    with pointing_boto3_at(sqs=rig.sqs.meta.endpoint_url):
        async with counted(rig.queues.wakeups) as count:
            assert await count() == len(POISON)
