"""Two copies of the BFF over one table and one queue are one system."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.aws_stand_ins import client, distributed
from tests.integration.test_journeys import POINTS, live_reservations, net_points, slots
from tests.lossy_proxy import lossy_proxy
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox

STATUS = "query($id: ID!) { booking(id: $id) { status } }"


@pytest.fixture
def settings(dynamodb: str, aws: str) -> dict[str, str]:
    return distributed(dynamodb, aws)


@pytest.fixture
async def copies(
    sandbox: Sandbox, tmp_path: Path, settings: dict[str, str]
) -> AsyncIterator[tuple[App, App]]:
    async with (
        running_bff(sandbox, tmp_path, **settings) as one,
        running_bff(sandbox, tmp_path, **settings) as other,
    ):
        await one.sign_in()
        other.token = one.token
        yield one, other


async def test_one_key_at_both_copies_at_once_is_one_booking(copies: tuple[App, App]) -> None:
    slot = (await slots(copies[0]))[0]
    given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
    asked = [copies[turn % 2].data(POINTS, input=given) for turn in range(20)]
    answers = [answer["bookWithPoints"]["booking"] for answer in await asyncio.gather(*asked)]
    assert {(answer["id"], answer["status"]) for answer in answers} == {
        (answers[0]["id"], "CONFIRMED")
    }
    assert len(live_reservations(copies[0].sandbox)) == 1
    assert net_points(copies[0].sandbox) == slot["price"]["points"]


async def test_what_one_copy_has_accepted_another_finishes(
    sandbox: Sandbox, tmp_path: Path, settings: dict[str, str]
) -> None:
    async with running_bff(sandbox, tmp_path, **settings) as one:
        await one.sign_in()
        slot = (await slots(one))[0]
        sandbox.fault("sevenrooms", "down")
        given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
        accepted = (await one.data(POINTS, input=given))["bookWithPoints"]["booking"]
        assert accepted["status"] == "PENDING"
    sandbox.clear_faults()
    async with running_bff(sandbox, tmp_path, **settings) as other:
        other.token = one.token
        async with asyncio.timeout(40):
            while True:
                found = (await other.data(STATUS, id=accepted["id"]))["booking"]
                if found["status"] == "CONFIRMED":
                    break
                await asyncio.sleep(0.1)
    assert len(live_reservations(sandbox)) == 1
    assert net_points(sandbox) == slot["price"]["points"]


async def test_a_points_booking_costs_four_writes_to_the_table_and_one_of_news(
    sandbox: Sandbox, tmp_path: Path, settings: dict[str, str]
) -> None:
    """The figure that docs/ledger.md reckons with."""
    async with lossy_proxy(settings["AWS_ENDPOINT_URL_DYNAMODB"]) as proxy:
        settings["AWS_ENDPOINT_URL_DYNAMODB"] = proxy.url
        async with running_bff(sandbox, tmp_path, **settings) as app:
            await app.sign_in()
            slot = (await slots(app))[0]
            proxy.seen.clear()
            given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
            answer = (await app.data(POINTS, input=given))["bookWithPoints"]
            assert answer["booking"]["status"] == "CONFIRMED"
            writes = [name for name in proxy.seen if name not in {"GetItem", "Query"}]
            news = await asyncio.to_thread(told_places, settings)
    assert [row["sk"]["S"][:10] for row in news] == [slot["startsAt"][:10]]
    assert writes == ["TransactWriteItems", *["PutItem"] * (3 + len(news))]


def told_places(settings: dict[str, str]) -> list[dict[str, Any]]:
    """The rows by which copies tell each other that places were taken or freed."""
    with closing(client("dynamodb", settings["AWS_ENDPOINT_URL_DYNAMODB"])) as opened:
        rows = opened.scan(TableName=settings["LEDGER_TABLE"])["Items"]
    return [row for row in rows if row["pk"]["S"].startswith("PLACES#")]
