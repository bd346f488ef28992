"""A table that goes away is not hammered, and is found again when it is back."""

import asyncio
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from bff.booking.ledger_away import LedgerAway
from clients.breaker import MINIMUM_CALLS
from tests.aws_stand_ins import free_port, running_dynoxide
from tests.booking_samples import booking
from tests.ledger_kinds import Store, dynamo_store


async def failure_of_a_look(far: Store, booking_id: str) -> str:
    with pytest.raises(LedgerAway) as away:
        await far.ledger.load(booking_id)
    return str(away.value)


@pytest.mark.usefixtures("dynamodb")  # skips where there is none
async def test_a_table_that_has_gone_is_left_in_peace_and_found_when_it_is_back(
    tmp_path: Path,
) -> None:
    port = free_port()
    with ExitStack() as first:
        url = first.enter_context(running_dynoxide(tmp_path, port))
        async with dynamo_store(url) as far:
            opened = await far.ledger.open(booking())
            first.close()
            told = [await failure_of_a_look(far, opened.id) for _ in range(MINIMUM_CALLS + 1)]
            assert told[0] == "dynamodb get_item: EndpointConnectionError"
            assert told[-1] == "dynamodb get_item: CircuitOpen"
            with running_dynoxide(tmp_path, port):
                assert await found_again(far, opened.id) == opened.id


async def found_again(far: Store, booking_id: str) -> str | None:
    async with asyncio.timeout(20):
        while True:
            with suppress(LedgerAway):
                found = await far.ledger.load(booking_id)
                return found.id if found else None
            await asyncio.sleep(0.05)
