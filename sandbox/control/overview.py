"""The control port's front page: what can be asked of it, as JSON or as a short HTML."""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute, Mount, Route

from sandbox import faults
from sandbox.control.desk import Desk


def overview(
    desk: Desk, routes: Sequence[BaseRoute], environment: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "upstreams": {name: listener.url for name, listener in desk.listeners.items()},
        "routes": sorted(_listed(routes), key=lambda line: line.split(" ")[::-1]),
        "fault_kinds": [*faults.KINDS, "revoke"],
        "faults": [fault.shown() for fault in desk.board.all()],
        "clock": desk.clock.now().isoformat(),
        "environment": dict(environment),
    }


def _listed(routes: Iterable[BaseRoute], prefix: str = "") -> Iterable[str]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _listed(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield f"{method} {prefix}{route.path}"


def as_html(page: Mapping[str, Any]) -> str:
    sections = "".join(
        f"<h2>{html.escape(name)}</h2><pre>{html.escape(_lines(value))}</pre>"
        for name, value in page.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox</title>'
        "<style>body{font:16px system-ui;margin:2rem;max-width:60rem}"
        "pre{background:#f4f4f2;padding:.75rem;overflow:auto}</style>"
        f"<h1>Sandbox</h1><p>Stand-ins for the upstreams. See docs/sandbox.md.</p>{sections}</html>"
    )


def _lines(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return json.dumps(value, indent=2)
