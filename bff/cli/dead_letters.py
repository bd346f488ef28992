"""`python -m bff replay-dead-letters`: wake the bookings whose wake-ups SQS has put aside."""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bff.booking.ports import Ledger, Wakeups
from bff.cli.ending import CannotDo, Exit
from bff.cli.standing_ledger import read_with_ledger
from bff.cli.telling import count, said, table_text
from bff.credentials.vault import CannotOpen
from bff.settings import Settings
from bff.wakeups.dead_letters import DeadLetters, Letter, NoDeadLetterQueue, open_dead_letters
from bff.wiring.storage import open_storage

SHOWN_LETTERS = 100
# Of a message that cannot be read.
SHOWN_OF_BODY = 120


class Fate(StrEnum):
    WOKEN = "woken"  # its booking looked up, a new wake-up sent, the message removed
    NO_BOOKING = "no such booking"
    SEALED = "booking cannot be opened"  # no data key of ours opens the row
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    letters: DeadLetters
    ledger: Ledger
    wakeups: Wakeups


def add_to(commands: Any) -> None:
    text = "wake the bookings whose wake-ups ended in the dead-letter queue"
    parser = commands.add_parser("replay-dead-letters", help=text, description=text)
    parser.set_defaults(run=run, read=read_with_ledger)
    parser.add_argument("--limit", type=count, default=SHOWN_LETTERS, help="at most so many")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument(
        "--discard", action="store_true", help="remove what can wake no booking, instead of keeping"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """The command's exit code; its answer is on standard output."""
    if settings.wakeups_queue_url is None:
        raise CannotDo(Exit.USAGE, "Wake-ups stay within the process here: there is no queue.")
    return asyncio.run(_run(settings, settings.wakeups_queue_url, options))


async def _run(settings: Settings, queue_url: str, options: argparse.Namespace) -> int:
    try:
        async with open_storage(settings) as kept, open_dead_letters(queue_url) as letters:
            room = Mailroom(letters=letters, ledger=kept.ledger, wakeups=kept.wakeups)
            text, code = await replayed(room, options)
    except NoDeadLetterQueue:
        raise CannotDo(Exit.USAGE, f"{queue_url} has no dead-letter queue.") from None
    print(text)
    return code


async def replayed(room: Mailroom, options: argparse.Namespace) -> tuple[str, Exit]:
    """Each message is settled by itself: what a failure interrupts is found by the next run."""
    told, kept = [], False
    for letter in await room.letters.read(options.limit):
        fate = await _fate(room, letter)
        is_removed = fate is Fate.WOKEN or options.discard
        if options.dry_run or not is_removed:
            await room.letters.put_back(letter)
        else:
            if fate is Fate.WOKEN and letter.booking_id is not None:
                await room.wakeups.wake(letter.booking_id)
            await room.letters.remove(letter)
        kept = kept or not is_removed
        told.append(_told(letter, fate, is_removed=is_removed))
    text = _as_json(told, options) if options.json else _as_text(told, options)
    return text, Exit.LEFT_OVER if kept else Exit.DONE


async def _fate(room: Mailroom, letter: Letter) -> Fate:
    if letter.booking_id is None:
        return Fate.UNREADABLE
    try:
        booking = await room.ledger.load(letter.booking_id)
    except CannotOpen:
        return Fate.SEALED
    return Fate.NO_BOOKING if booking is None else Fate.WOKEN


def _told(letter: Letter, fate: Fate, *, is_removed: bool) -> dict[str, Any]:
    return {
        "message_id": letter.message_id,
        "sent_at": letter.sent_at.isoformat(timespec="seconds"),
        "booking_id": letter.booking_id,
        "fate": fate,
        "removed": is_removed,
        "body": said(letter.body)[:SHOWN_OF_BODY] if fate is Fate.UNREADABLE else None,
    }


def _as_json(told: Sequence[dict[str, Any]], options: argparse.Namespace) -> str:
    counts = Counter(row["fate"] for row in told)
    return json.dumps({"dry_run": options.dry_run, "messages": told, "counts": counts})


def _as_text(told: Sequence[dict[str, Any]], options: argparse.Namespace) -> str:
    head = ("MESSAGE", "SENT", "BOOKING", "FATE", "MESSAGE IS", "BODY")
    lines = [
        (
            row["message_id"],
            row["sent_at"],
            said(row["booking_id"] or "-"),
            row["fate"],
            "removed" if row["removed"] else "kept",
            row["body"] or "",
        )
        for row in told
    ]
    ends = f"{len(told)} read" + ("; a dry run: nothing was changed" if options.dry_run else "")
    return f"{table_text(head, lines)}\n\n{ends}" if told else ends
