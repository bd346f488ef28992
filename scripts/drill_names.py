"""`python -m bff` on a machine whose name server fails while a file is there.

Only the names of the drill are looked up here; the BFF knows nothing of it.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from bff.__main__ import main

DOMAIN = ".drill.test"
GONE = "DRILL_NAMES_GONE"


def lend_names(gone: Path) -> None:
    look_up = socket.getaddrinfo

    def found(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if not isinstance(host, str) or not host.endswith(DOMAIN):
            return look_up(host, port, *rest, **named)
        if gone.exists():
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")
        address = ("127.0.0.1", int(port))
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    socket.getaddrinfo = found


if __name__ == "__main__":
    lend_names(Path(os.environ.pop(GONE)))
    sys.exit(main())
