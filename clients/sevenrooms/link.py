"""One call to SevenRooms: token, envelope and errors, the same for reads and writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from clients.errors import Malformed, OutcomeUnknown
from clients.parsing import Record, decoded, record, text, whole
from clients.sevenrooms.paths import UPSTREAM, Operation, Operations, filled
from clients.tokens import Tokens, with_token
from clients.transport import Call, Transport, sorted_out

# The vendor's sentences are short; a page of a proxy in its place is not kept.
MAX_MESSAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Sends operations for one concierge account.

    Refusals carry the vendor's `msg` as their `code`: SevenRooms has no error codes.
    """

    transport: Transport
    tokens: Tokens
    concierge_id: str
    concierge_group_id: str
    operations: Operations = field(default_factory=Operations)

    async def ask(
        self, operation: Operation, params: Mapping[str, str] | None = None, **ids: str
    ) -> Record | None:
        """A read's envelope; None for 204. Errors: as `Transport.send`, and Malformed."""
        answer = await self._exchange(operation, params, None, ids)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None
        envelope = _envelope(answer)
        if envelope is None:
            raise Malformed(UPSTREAM, operation.name, "no usable envelope")
        return envelope

    async def tell(
        self, operation: Operation, form: Mapping[str, str] | None = None, **ids: str
    ) -> Record:
        """A write's envelope. Errors: as `Transport.send`.

        A 2xx that cannot be read is OutcomeUnknown: most likely it was done. So is one that says
        neither that it was (`status`, in every envelope: CONFIRMED-V) nor what came of it.
        """
        answer = await self._exchange(operation, None, form, ids)
        envelope = _envelope(answer)
        if envelope is None or not (whole(envelope, "status") or envelope.get("data")):
            raise OutcomeUnknown(UPSTREAM, operation.name, "unreadable answer")
        return envelope

    async def _exchange(
        self,
        operation: Operation,
        params: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        ids: Mapping[str, str],
    ) -> httpx.Response:
        path = filled(operation, **self._own_ids(), **ids)

        async def attempt(token: str) -> httpx.Response:
            call = Call(
                operation=operation.name,
                method=operation.method,
                path=path,
                writes=operation.writes,
                params=params,
                form=form,
                headers={"authorization": token},  # bare, without "Bearer": CONFIRMED-V
            )
            return await self.transport.send(call, _sorted)

        return await with_token(self.tokens, attempt)

    def _own_ids(self) -> dict[str, str]:
        return {
            "concierge_id": self.concierge_id,
            "concierge_group_id": self.concierge_group_id,
        }


def _sorted(call: Call, answer: httpx.Response) -> httpx.Response:
    return sorted_out(UPSTREAM, call, answer, code=_message(answer))


def _envelope(answer: httpx.Response) -> Record | None:
    """The answer's object; None where it is no object, or says of itself that it is no success."""
    try:
        envelope = decoded(answer.content)
    except ValueError:
        return None
    if not isinstance(envelope, dict):
        return None
    status = whole(envelope, "status")
    if status is not None and not httpx.codes.is_success(status):
        return None
    return envelope


def _message(answer: httpx.Response) -> str | None:
    if answer.is_success:
        return None
    try:
        said = record(decoded(answer.content))
    except ValueError:
        return None
    message = text(said, "msg") or text(said, "message")
    return message[:MAX_MESSAGE] if message else None
