"""Calls of boto3, which blocks, in threads."""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from clients.guard import KeptBack


async def in_thread(
    pool: ThreadPoolExecutor,
    call: Callable[[], Mapping[str, Any]],
    *,
    upstream: str,
    operation: str,
) -> Mapping[str, Any]:
    """What the call answers; one that a thread has begun ends, whether its caller waits or not.

    Errors: KeptBack, where the caller left before a thread had begun it; those of the call.
    """
    begun = pool.submit(contextvars.copy_context().run, call)
    try:
        return await asyncio.wrap_future(begun)
    except asyncio.CancelledError:
        if begun.cancel():
            raise KeptBack(upstream, operation, "too many calls at once") from None
        raise
