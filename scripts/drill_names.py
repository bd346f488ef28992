"""`python -m bff` on a machine whose name server fails while a file is there.

Only the names of the drill are looked up here; the BFF knows nothing of it.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from bff.__main__ import main

DOMAIN = ".drill.test"
GONE = "DRILL_NAMES_GONE"
ADDRESS = "127.0.0.1"


def lend_names(gone: Path) -> None:
    look_up, resolve = socket.getaddrinfo, ThreadedResolver.resolve

    def is_ours(host: Any) -> bool:
        """Errors: socket.gaierror."""
        ours = isinstance(host, str) and host.endswith(DOMAIN)
        if ours and gone.exists():
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")
        return ours

    def found(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if not is_ours(host):
            return look_up(host, port, *rest, **named)
        address = (ADDRESS, int(port))
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    async def resolved(
        self: ThreadedResolver, host: str, port: int = 0, *rest: Any, **named: Any
    ) -> list[ResolveResult]:
        if not is_ours(host):
            return await resolve(self, host, port, *rest, **named)
        return [
            ResolveResult(
                hostname=host, host=ADDRESS, port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    socket.getaddrinfo = found
    # The event loop may look names up by itself, in C.
    ThreadedResolver.resolve = resolved  # type: ignore[method-assign]


if __name__ == "__main__":
    lend_names(Path(os.environ.pop(GONE)))
    sys.exit(main())
