"""Tells the application who is asking and from where; decides nothing about either.

What it finds stands in `scope["state"]`:
    principal        bff.auth.principal.Principal, or None
    token_problem    bff.auth.bearer.TokenProblem, or None
    client_address   the caller's IP address as text, or None

A bad token fails no public query: whether one was needed, the resolvers know.
"""

import ipaddress
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from bff.auth.bearer import Verify, identify
from bff.telemetry import member_hash
from clients.tracing import said


class Authentication:
    """`trusted_proxies` is how many proxies before us append to X-Forwarded-For."""

    def __init__(self, app: ASGIApp, *, verify: Verify, trusted_proxies: int) -> None:
        self._app = app
        self._verify = verify
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            identity = await identify(self._verify, _header(scope, b"authorization"))
            scope["state"] = {
                **scope.get("state", {}),
                "principal": identity.principal,
                "token_problem": identity.problem,
                "client_address": client_address(scope, self._trusted_proxies),
            }
            principal = identity.principal
            facts = {"member": member_hash(principal.sub)} if principal is not None else {}
            with said(**facts):
                await self._app(scope, receive, send)
            return
        await self._app(scope, receive, send)


def client_address(scope: Scope, trusted_proxies: int) -> str | None:
    """The address that the outermost trusted proxy saw, or the peer's own.

    Each proxy appends the address that it was called from, so only the last `trusted_proxies`
    entries are true; what stands before them is whatever the caller wrote.
    """
    peer = scope.get("client")
    hops = [
        *(hop for value in _header(scope, b"x-forwarded-for") for hop in value.split(b",")),
        peer[0].encode() if peer else b"",
    ]
    seen = hops[-min(trusted_proxies + 1, len(hops)) :]
    return _first_address(seen)


def _first_address(hops: Iterable[bytes]) -> str | None:
    return next((address for address in map(_address, hops) if address), None)


def _address(hop: bytes) -> str | None:
    """One spelling for each address; some proxies write its port too."""
    text = hop.decode("latin-1").strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or address)
    return str(address)


def _header(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]
