"""Is the process alive, and may it be sent traffic. Open to all: neither tells more than that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse

# A load balancer gives up on a probe after a few seconds; an answer must be there before.
CHECK_SECONDS = 2.0

_NOT_CACHED = {"cache-control": "no-store"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """`passes` answers False, raises, or takes more than CHECK_SECONDS when this part is not ready.

    A check asks what is ours (the ledger, the worker, whether we are shutting down), no upstream:
    an upstream that is down would take every copy of the service out at once. `is_quick`: it waits
    for nothing.
    """

    name: str
    passes: Callable[[], Awaitable[bool]]
    is_quick: bool = False


async def livez(_request: Request) -> JSONResponse:
    """200 as long as the event loop turns."""
    return JSONResponse({"status": "alive"}, headers=_NOT_CACHED)


def readyz(checks: Sequence[Check]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """200, or 503 with the names of the checks that failed.

    A no of the quick ones is not kept waiting for the others: a copy that leaves under load has to
    be noticed before it is gone.
    """
    quick = [check for check in checks if check.is_quick]
    others = [check for check in checks if not check.is_quick]

    async def endpoint(_request: Request) -> JSONResponse:
        failed = await _failed(quick) or await _failed(others)
        if failed:
            return JSONResponse(
                {"status": "not ready", "failed": failed}, status_code=503, headers=_NOT_CACHED
            )
        return JSONResponse({"status": "ready"}, headers=_NOT_CACHED)

    return endpoint


async def _failed(checks: Sequence[Check]) -> list[str]:
    passed = await asyncio.gather(*(_passes(check) for check in checks))
    return [check.name for check, ok in zip(checks, passed, strict=True) if not ok]


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check.passes()
    except Exception as failure:  # noqa: BLE001 - a check that breaks has failed
        log.warning("not ready", extra={"check": check.name, "reason": type(failure).__name__})
        return False
