"""The operator's commands: what they show, what they change, how they end."""

import json
from pathlib import Path
from typing import Any

import pytest

from bff.__main__ import main
from bff.booking.model import Status
from bff.cli.bookings import driven, listed, resolved, shown
from bff.cli.ending import CannotDo, Exit
from bff.telemetry import HIDDEN, member_hash
from tests.aws_stand_ins import CREDENTIALS
from tests.command_line import environment_in, run, with_ledger
from tests.unit.booking.invariants import check
from tests.unit.booking.operator_desk import in_doubt, of_list, office, options
from tests.unit.booking.stage import Stage, member, open_stage

PERSONAL = ("Mei", "Tan", "mei@example.test", "+6580000000", "00012345", "CT0000001A", "secret")


async def ids(stage: Stage, **given: Any) -> list[str]:
    text, code = await listed(office(stage), of_list(**given))
    assert code is Exit.DONE
    return [row["id"] for row in json.loads(text)["bookings"]]


async def test_the_list_is_filtered_by_what_an_operator_looks_for(tmp_path: Path) -> None:
    async with open_stage(tmp_path, room=9) as stage:
        doubtful = await in_doubt(stage)
        sure = (await stage.by_points(who=member("sub-2"))).booking.id
        assert await ids(stage) == [doubtful, sure] or await ids(stage) == [sure, doubtful]
        assert await ids(stage, in_doubt=True) == [doubtful]
        assert await ids(stage, overdue=True) == []
        assert await ids(stage, status=Status.CONFIRMED) == [sure]
        assert await ids(stage, member="sub-2") == [sure]
        assert await ids(stage, member=member_hash("sub-1")) == [doubtful]
        assert await ids(stage, member="nobody") == []
        assert len(await ids(stage, limit=1)) == 1


async def test_what_is_stuck_past_its_deadline_is_listed_as_overdue(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["hold"].append("not_sent")
        await stage.by_points()
        assert await ids(stage, overdue=True) == []
        stage.world.clock.advance(13 * 3600)
        assert await ids(stage, overdue=True) == [(await stage.row()).id]


async def test_the_list_ends_with_the_figures(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await in_doubt(stage)
        text, _ = await listed(office(stage), of_list(json=False))
        assert "in_doubt" in text
        assert text.endswith("1 shown; backlog 0 (oldest 0 s), in doubt 1, overdue 0")
        told = json.loads((await listed(office(stage), of_list()))[0])["standing"]
        assert told["in_doubt"] == 1
        assert told["statuses"] == {"PENDING": 1}


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_booking_is_shown_with_every_step_and_reference_and_nobodys_name(
    tmp_path: Path, *, as_json: bool
) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        row = await stage.row()
        text, code = await shown(office(stage), options(row.id, json=as_json))
        assert code is Exit.DONE
        for line in row.story:
            assert line.what in text
        for name in ("r0", "CODE", row.receipt_no, member_hash("sub-1")):
            assert name in text
        for name in (*PERSONAL, "sub-1"):
            assert name not in text


async def test_what_opens_a_payment_sheet_is_not_shown(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_card()
        row = await stage.row()
        assert row.intent_secret is not None
        text, _ = await shown(office(stage), options(row.id))
        assert row.intent_secret not in text


async def test_a_doubt_is_shown_with_its_question_and_the_commands_that_settle_it(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        booking_id = await in_doubt(stage)
        text, _ = await shown(office(stage), options(booking_id))
        question = json.loads(text)["question"]
        assert question["asks"] == "Were the points taken under this receipt?"
        assert question["commands"] == [
            f"python -m bff bookings resolve {booking_id} --done",
            f"python -m bff bookings resolve {booking_id} --not-done",
        ]


@pytest.mark.parametrize("done", [True, False])
async def test_one_command_finishes_a_booking_in_doubt(tmp_path: Path, *, done: bool) -> None:
    async with open_stage(tmp_path) as stage:
        stage.points.has_history = False
        stage.world.faults["redeem"].append("lost" if done else "undone")
        await stage.by_points()
        booking_id = (await stage.row()).id
        given = options(booking_id, done=done, note="looked it up; called +6591234567")
        text, code = await resolved(office(stage), given)
        assert code is Exit.DONE
        assert json.loads(text)["status"] == "CONFIRMED"
        assert await check(stage) is Status.CONFIRMED
        (line,) = [entry.what for entry in (await stage.row()).story if "operator" in entry.what]
        assert line == f"operator: {'done' if done else 'not done'}; looked it up; called {HIDDEN}"


async def test_a_request_needs_the_id_that_the_venue_gave_it(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.rooms.finds_requests = False
        stage.world.faults["request"].append("lost")
        await stage.by_points(kind="ON_REQUEST")
        booking_id = (await stage.row()).id
        with pytest.raises(CannotDo, match="--id") as refused:
            await resolved(office(stage), options(booking_id, done=True))
        assert refused.value.code is Exit.USAGE
        found = stage.rooms.live_requests[0].id
        await resolved(office(stage), options(booking_id, done=True, found=found))
        assert await check(stage) is Status.REQUESTED


async def test_a_booking_that_comes_to_rest_in_doubt_again_says_so(tmp_path: Path) -> None:
    async with open_stage(tmp_path, bare=True) as stage:
        await stage.by_points()
        await stage.desk.cancel(member(), (await stage.row()).id)
        booking_id = (await stage.row()).id
        _, code = await resolved(office(stage), options(booking_id, done=False))
        assert code is Exit.IN_DOUBT
        _, code = await driven(office(stage), options(booking_id))
        assert code is Exit.IN_DOUBT


async def test_driving_moves_a_booking_without_waiting_for_its_time(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        await stage.by_points()
        text, code = await driven(office(stage), options((await stage.row()).id))
        assert code is Exit.DONE
        assert json.loads(text)["status"] == "CONFIRMED"
        assert await check(stage) is Status.CONFIRMED


@pytest.mark.parametrize("act", [shown, driven, resolved])
async def test_an_unknown_booking_is_named(tmp_path: Path, act: Any) -> None:
    async with open_stage(tmp_path) as stage:
        with pytest.raises(CannotDo, match="There is no booking bk0") as refused:
            await act(office(stage), options("bk0", done=True))
        assert refused.value.code is Exit.UNKNOWN_BOOKING


async def test_what_is_not_in_doubt_is_left_alone(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.by_points()
        before = await stage.row()
        with pytest.raises(CannotDo, match="not in doubt") as refused:
            await resolved(office(stage), options(before.id, done=True))
        assert refused.value.code is Exit.NOT_IN_DOUBT
        assert await stage.row() == before


async def test_a_booking_that_somebody_drives_is_waited_for_until_the_lease_ends(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        stage.world.faults["book"].append("not_sent")
        await stage.by_points()
        booking_id = (await stage.row()).id
        now = stage.world.clock.now()
        until = now.replace(year=now.year + 1)
        await stage.ledger.claim(booking_id, owner="somebody", now=now, until=until)
        with pytest.raises(CannotDo, match="Somebody else") as refused:
            await driven(office(stage), options(booking_id))
        assert refused.value.code is Exit.BUSY


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return with_ledger(tmp_path)


def test_the_command_line_answers_on_standard_output_and_ends_with_a_code(
    environment: dict[str, str],
) -> None:
    empty = run(["bookings", "--in-doubt", "--json"], environment)
    assert (empty.returncode, empty.stderr) == (Exit.DONE, "")
    assert json.loads(empty.stdout)["bookings"] == []
    unknown = run(["bookings", "show", "bk0"], environment)
    assert (unknown.returncode, unknown.stdout) == (Exit.UNKNOWN_BOOKING, "")
    assert unknown.stderr == "There is no booking bk0.\n"
    by_the_apps_id = run(["bookings", "show", "Qm9va2luZzpiazA="], environment)
    assert by_the_apps_id.stderr == "There is no booking bk0.\n"


@pytest.mark.parametrize(
    "command",
    [
        "bookings --in-doubt",
        "bookings show bk0",
        "bookings drive bk0",
        "bookings resolve bk0 --done",
        "replay-dead-letters",
        "purge",
        "data-keys",
        "data-keys reseal",
        "data-keys drop",
    ],
)
def test_a_ledger_that_is_not_there_is_said_and_not_made(command: str, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "ledger.db"
    refused = run(command.split(), environment_in(tmp_path) | {"LEDGER_PATH": str(path)})
    assert (refused.returncode, refused.stdout) == (Exit.USAGE, "")
    assert refused.stderr == f"There is no ledger at {path}.\n"
    assert not path.parent.exists()


def test_dead_letters_are_asked_for_only_where_there_is_a_queue(
    environment: dict[str, str],
) -> None:
    refused = run(["replay-dead-letters"], environment)
    assert (refused.returncode, refused.stdout) == (Exit.USAGE, "")
    assert refused.stderr == "Wake-ups stay within the process here: there is no queue.\n"


def test_aws_out_of_reach_is_told_below_the_log(environment: dict[str, str]) -> None:
    nowhere = {
        "WAKEUPS": "sqs",
        "WAKEUPS_QUEUE_URL": "http://127.0.0.1:1/0/wakeups",
        "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1",
        **CREDENTIALS,
    }
    away = run(["replay-dead-letters"], environment | nowhere)
    assert (away.returncode, away.stdout) == (Exit.AWAY, "")
    *_, said = away.stderr.splitlines()
    assert said == "sqs get_queue_attributes: EndpointConnectionError"


@pytest.mark.parametrize(
    "arguments",
    [
        ["bookings", "--status", "LOST"],
        ["bookings", "--limit", "0"],
        ["bookings", "resolve", "bk0"],
        ["bookings", "resolve", "bk0", "--done", "--not-done"],
        ["bookings", "show"],
        ["replay-dead-letters", "--limit", "none"],
    ],
)
def test_a_command_that_makes_no_sense_is_a_usage_error(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == Exit.USAGE
