"""The pool's published keys."""

from collections.abc import Sequence

from clients.cognito.models import UPSTREAM
from clients.errors import Malformed
from clients.parsing import decoded, record
from clients.transport import Call, Transport


class CognitoKeys:
    """`url` is the key set's full address."""

    def __init__(self, transport: Transport, url: str) -> None:
        self._transport = transport
        self._call = Call(operation="jwks", method="GET", path=url)

    async def entries(self) -> Sequence[object]:
        """The key set's entries, unchecked. Errors: UpstreamError."""
        response = await self._transport.send(self._call)
        try:
            keys = record(decoded(response.content)).get("keys")
        except ValueError as unreadable:
            raise Malformed(UPSTREAM, "jwks", "no JSON") from unreadable
        if not isinstance(keys, list):
            raise Malformed(UPSTREAM, "jwks", "no list of keys")
        return keys
