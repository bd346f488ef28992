"""The Stripe SDK's way out, laid over our own transport.

Deadline, bulkhead and the sorting of failures are the transport's and `clients.stripe.errors`';
the SDK builds the request and reads the answer. What it raises is never seen by a caller, save for
an answer that it cannot read.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import httpx
import stripe

from clients.errors import Malformed, OutcomeUnknown
from clients.parsing import decoded
from clients.secret_versions import Version, Versions, with_version
from clients.stripe.errors import UPSTREAM, raise_sorted
from clients.stripe.keys import StripeKeys
from clients.transport import Call, Transport

# What the SDK wants to tell about this machine stays here; whose call it is, we say ourselves.
_KEPT_BACK = frozenset(
    {"x-stripe-client-user-agent", "x-stripe-client-telemetry", "user-agent", "authorization"}
)
# The SDK wants a key to begin with, and does not send it.
_NO_KEY = "sk_unused"


class TransportClient(stripe.HTTPClient):
    """Sends the SDK's requests over a `Transport`; async only.

    A call that Stripe refuses for its key was not made: it is made again with another version of
    the key, where there is one.
    """

    name = "transport"

    def __init__(self, transport: Transport, keys: Versions[StripeKeys]) -> None:
        super().__init__()
        self._transport = transport
        self._keys = keys

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """A 2xx answer with a JSON object. Errors: `clients.errors`.

        No answer headers are handed on: the SDK would print Stripe's notices as warnings.
        """
        verb = cast("Literal['GET', 'POST', 'DELETE']", method.upper())
        call = Call(
            operation=_operation(verb, url),
            method=verb,
            path=url,
            writes=verb != "GET",
            is_keyed=any(name.lower() == "idempotency-key" for name in headers),
            content=post_data.encode() if isinstance(post_data, str) else None,
            headers={n: v for n, v in headers.items() if n.lower() not in _KEPT_BACK},
        )

        async def attempt(keys: Version[StripeKeys]) -> httpx.Response:
            bearer = {"authorization": f"Bearer {keys.value.secret_key}"}
            own = replace(call, headers={**(call.headers or {}), **bearer})
            return await self._transport.send(own, _sorted)

        response = await with_version((UPSTREAM, call.operation), self._keys, attempt)
        if not _is_object(response.content):
            raise unreadable(call.operation, writes=call.writes)
        return response.content, response.status_code, {}


def connect(transport: Transport, *, url: str, keys: Versions[StripeKeys]) -> stripe.StripeClient:
    """The SDK over `transport`, with every address of Stripe's replaced by `url`."""
    # The SDK knows no other switch: with it on, it writes a machine id into the home folder.
    stripe.enable_telemetry = False
    # At DEBUG it logs bodies, client secrets and all; at INFO messages that may name the guest.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    return stripe.StripeClient(
        _NO_KEY,
        base_addresses={"api": url, "connect": url, "files": url, "meter_events": url},
        max_network_retries=0,
        http_client=TransportClient(transport, keys),
    )


@asynccontextmanager
async def reading(operation: str, *, writes: bool) -> AsyncIterator[None]:
    """Around a call of the SDK: what it cannot read is Malformed, or after a write unknown."""
    try:
        yield
    except (stripe.StripeError, ValueError, TypeError, AttributeError, KeyError) as failure:
        raise unreadable(operation, writes=writes) from failure


def unreadable(operation: str, *, writes: bool) -> Malformed | OutcomeUnknown:
    kind = OutcomeUnknown if writes else Malformed
    return kind(UPSTREAM, operation, "unreadable answer")


def _sorted(call: Call, response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise_sorted(call.operation, response)
    return response


def _operation(verb: str, url: str) -> str:
    """`POST /v1/payment_intents/:id/capture`: ids have no place in names of metrics."""
    parts = urlsplit(url).path.split("/")
    start = parts.index("v1") if "v1" in parts else 0
    named = [*parts[start : start + 2], *([":id"] if parts[start + 2 :] else [])]
    return f"{verb} /{'/'.join([*named, *parts[start + 3 :]])}"


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(decoded(content), dict)
    except ValueError:
        return False
