"""Upstreams without any call that is only PROPOSED, and the operator who is needed there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.clerk import Clerk
from tests.chaos.copies import Copy
from tests.sandbox_process import Sandbox

SETTINGS = {
    "MEMBERSON_HISTORY": "off",
    "MEMBERSON_CANCEL": "off",
    "SEVENROOMS_REQUEST_SEARCH": "off",
}
LOOKS_EVERY_SECONDS = 1.5
# Nobody is quicker with their answer than a call of ours that may still be under way.
THINKS_SECONDS = 4.0


def offer_nothing_proposed(sandbox: Sandbox) -> None:
    sandbox.switch("memberson", history_offered=False, cancel_offered=False)
    sandbox.switch("sevenrooms", request_search=False)


@asynccontextmanager
async def operator_at_work(sandbox: Sandbox, copy: Copy) -> AsyncIterator[None]:
    """Ends every doubt in the copy's ledger soon after it came up."""
    work = asyncio.create_task(_works(Clerk(sandbox, copy)))
    try:
        yield
        if work.done():
            work.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _works(clerk: Clerk) -> None:
    while True:
        await clerk.look(thinks_seconds=THINKS_SECONDS)
        await asyncio.sleep(LOOKS_EVERY_SECONDS)
