"""`python -m bff bookings`: list them, show one, say what became of a doubtful call, drive one."""

import argparse
import asyncio
import base64
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bff.booking.advance import Driver
from bff.booking.doubt import Verdict, by_hand
from bff.booking.listing import Listing
from bff.booking.model import Booking, Status
from bff.booking.ports import Ledger, Superseded
from bff.booking.reading import status_of
from bff.booking.standing import is_overdue, standing
from bff.cli.ending import CannotDo, Exit
from bff.cli.standing_ledger import read_with_ledger
from bff.cli.telling import (
    MOST,
    WHICH_KEY,
    brief,
    count,
    list_text,
    sealed_text,
    standing_text,
    whole,
    whole_text,
)
from bff.clock import Clock
from bff.credentials.vault import CannotOpen
from bff.settings import Settings
from bff.telemetry import cleaned, member_hash
from bff.wiring.house import open_house

SHOWN = 50
LONGEST_NOTE = 300
# A driver that has the booking lets go of it within its lease, dead or alive.
BUSY_SECONDS = 10

# A row of a data key that we do not have, or that no version of ours has written.
_UNREADABLE = (CannotOpen, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the commands work with."""

    ledger: Ledger
    driver: Driver
    clock: Clock


def add_to(commands: Any) -> None:
    parser = commands.add_parser("bookings", help="list, show and settle bookings")
    parser.set_defaults(run=run, act=listed, read=read_with_ledger)
    _add_list(parser)
    acts = parser.add_subparsers(dest="act_name")
    show = acts.add_parser("show", help="one booking's whole story")
    drive = acts.add_parser("drive", help="move one booking on as far as it goes, now")
    resolve = acts.add_parser("resolve", help="say what became of the call that is in doubt")
    outcome = resolve.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--done", action="store_true", help="it was done, or is settled by hand")
    outcome.add_argument("--not-done", action="store_true", help="it was not done: try again")
    resolve.add_argument("--id", dest="found", help="what the upstream calls it")
    resolve.add_argument("--note", help="a line for the booking's story; nothing personal")
    for act, do in ((show, shown), (drive, driven), (resolve, resolved)):
        act.add_argument("booking_id", metavar="ID", type=_own_id, help="ours, or the app's")
        act.add_argument("--json", action="store_true", help="one JSON document")
        act.set_defaults(act=do)


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--in-doubt", action="store_true", help="only those that need a person")
    parser.add_argument("--overdue", action="store_true", help="only those stuck past a deadline")
    parser.add_argument("--status", type=_status, help="only those whose guests are told this")
    parser.add_argument("--member", help="only this member's: a Cognito sub, or the hash shown")
    parser.add_argument("--limit", type=count, default=SHOWN, help="at most so many")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def _status(text: str) -> Status:
    try:
        return Status(text.upper())
    except ValueError:
        raise argparse.ArgumentTypeError(f"one of {', '.join(Status)}") from None


def _own_id(text: str) -> str:
    """Guests tell the id that the app has: GraphQL's, which is ours in base64."""
    try:
        kind, _, own = base64.b64decode(text, validate=True).decode("ascii").partition(":")
    except ValueError:
        return text
    return own if kind == "Booking" else text


def run(settings: Settings, options: argparse.Namespace) -> int:
    """The command's exit code; its answer is on standard output."""
    return asyncio.run(_run(settings, options))


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    act: Callable[[Office, argparse.Namespace], Coroutine[Any, Any, tuple[str, Exit]]] = options.act
    async with open_house(settings) as house:
        office = Office(ledger=house.ledger, driver=house.driver, clock=house.clock)
        text, code = await act(office, options)
    print(text)
    return code


async def listed(office: Office, options: argparse.Namespace) -> tuple[str, Exit]:
    """Newest first; what needs a person, oldest first."""
    now = office.clock.now()
    unfinished = await office.ledger.unfinished(MOST)
    needs_look = options.in_doubt or options.overdue
    rows = unfinished if needs_look else await _all(office, options)
    fits = [
        brief(row, now)
        for row in rows
        if (not options.in_doubt or row.in_doubt)
        and (not options.overdue or is_overdue(row, now))
        and (options.status is None or status_of(row) is options.status)
        and (
            options.member is None or options.member in {row.member_id, member_hash(row.member_id)}
        )
    ][: options.limit]
    counts = standing(unfinished, now)
    sealed = _sealed(unfinished, rows)
    if options.json:
        told = {"bookings": fits, "standing": asdict(counts), "unreadable": sealed}
        return json.dumps(told), Exit.DONE
    text = f"{list_text(fits)}\n\n{len(fits)} shown; {standing_text(counts)}"
    return f"{text}{sealed_text(sealed)}", Exit.DONE


def _sealed(*lists: Listing) -> Sequence[str]:
    """The ids of those that are in none of the lists, since nobody can open them."""
    return sorted({name for rows in lists for name in rows.unreadable})


async def _all(office: Office, options: argparse.Namespace) -> Listing:
    own = await office.ledger.of_member(options.member) if options.member else Listing()
    if own:
        return own
    is_filtered = options.member or options.status
    newest = await office.ledger.newest(MOST if is_filtered else options.limit)
    # Each that cannot be opened has taken the place of one that can.
    return await office.ledger.newest(MOST) if newest.unreadable else newest


async def shown(office: Office, options: argparse.Namespace) -> tuple[str, Exit]:
    return _told(office, await _load(office, options.booking_id), options), Exit.DONE


async def driven(office: Office, options: argparse.Namespace) -> tuple[str, Exit]:
    await _load(office, options.booking_id)
    return _after(office, await _resume(office, options.booking_id, None), options)


async def resolved(office: Office, options: argparse.Namespace) -> tuple[str, Exit]:
    booking = await _load(office, options.booking_id)
    asked = by_hand(booking)
    if asked is None:
        raise CannotDo(Exit.NOT_IN_DOUBT, f"{booking.id} is not in doubt: nothing was changed.")
    if options.done and asked.needs_id and not options.found:
        raise CannotDo(Exit.USAGE, f"{asked.question} Give it with --id.")
    note = cleaned(options.note)[:LONGEST_NOTE] if options.note else None
    verdict = Verdict(done=options.done, found=options.found, note=note)
    return _after(office, await _resume(office, booking.id, verdict), options)


async def _load(office: Office, booking_id: str) -> Booking:
    try:
        booking = await office.ledger.load(booking_id)
    except _UNREADABLE:
        said = f"{booking_id} cannot be opened ({WHICH_KEY}): nothing was changed."
        raise CannotDo(Exit.SEALED, said) from None
    if booking is None:
        raise CannotDo(Exit.UNKNOWN_BOOKING, f"There is no booking {booking_id}.")
    return booking


async def _resume(office: Office, booking_id: str, verdict: Verdict | None) -> Booking:
    for _ in range(BUSY_SECONDS):
        try:
            taken = await office.driver.resume(booking_id, verdict)
        except Superseded:
            break
        if taken is not None:
            return taken
        await office.clock.sleep(1)
    raise CannotDo(Exit.BUSY, f"Somebody else is driving {booking_id}: look at it again.")


def _after(office: Office, booking: Booking, options: argparse.Namespace) -> tuple[str, Exit]:
    return _told(office, booking, options), Exit.IN_DOUBT if booking.in_doubt else Exit.DONE


def _told(office: Office, booking: Booking, options: argparse.Namespace) -> str:
    told = whole(booking, office.clock.now())
    return json.dumps(told) if options.json else whole_text(told)
