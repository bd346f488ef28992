"""What SevenRooms can be told; all of it form-encoded (CONFIRMED-V).

None of these may be repeated blindly: there is no idempotency key. Errors of every call: NotSent,
Refused (its `code` is the vendor's `msg`) and OutcomeUnknown.
"""

from collections.abc import Mapping, Sequence

from clients.errors import OutcomeUnknown
from clients.parsing import Record, number, record, text, whole, words
from clients.sevenrooms.link import Link
from clients.sevenrooms.models.bookings import Booked, Hold
from clients.sevenrooms.paths import UPSTREAM, Operation

# Any instant of this century is later than this second.
_EPOCH = 10**9

Form = Mapping[str, str | int | bool | None]


class SevenRoomsWrites:
    """Forms take the vendor's field names; None leaves a field out."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._operations = link.operations

    async def hold(self, venue_id: str, form: Form) -> Hold:
        operation = self._operations.hold
        data = record((await self._tell(operation, form, venue_id=venue_id)).get("data"))
        return Hold(
            reservation_hold_id=_hold_id(operation, data),
            hold_duration_sec=whole(data, "hold_duration_sec"),
        )

    async def release(self, venue_id: str, hold_id: str, form: Form) -> None:
        await self._tell(
            self._operations.release, form, venue_id=venue_id, reservation_hold_id=hold_id
        )

    async def book(self, venue_id: str, form: Form) -> Booked:
        operation = self._operations.book
        data = record((await self._tell(operation, form, venue_id=venue_id)).get("data"))
        return Booked(
            reservation_id=_key(operation, data, "reservation_id"),
            reservation_reference_code=text(data, "reservation_reference_code"),
        )

    async def make_request(self, venue_id: str, form: Form) -> str:
        """The request's id, out of `data`: the envelope's own `request_id` names the call."""
        operation = self._operations.make_request
        data = record((await self._tell(operation, form, venue_id=venue_id)).get("data"))
        return _key(operation, data, "request_id")

    async def delete_requests(self, venue_id: str, request_ids: Sequence[str]) -> frozenset[str]:
        """Which of them were deleted."""
        form = {"request_ids": ",".join(request_ids)}
        said = await self._tell(self._operations.delete_requests, form, venue_id=venue_id)
        deleted = record(said.get("data")).get("deleted_ids")
        return frozenset(map(str, deleted)) if isinstance(deleted, list) else frozenset()

    async def cancel(self, reservation_id: str) -> None:
        await self._tell(self._operations.cancel, {}, reservation_id=reservation_id)

    async def _tell(self, operation: Operation, form: Form, **ids: str) -> Record:
        return await self._link.tell(operation, _encoded(form) or None, **ids)


def _encoded(form: Form) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in form.items()
        if value is not None
    }


def _key(operation: Operation, data: Record, name: str) -> str:
    """An answered write without its key was most likely done all the same: it has to be found."""
    if (found := words(data, name)) is None:
        raise OutcomeUnknown(UPSTREAM, operation.name, f"no {name}")
    return found


def _hold_id(operation: Operation, data: Record) -> str:
    """An instant as text (CONFIRMED-V), taken as a number, too, if it can be one."""
    name = "reservation_hold_id"
    said, instant = text(data, name), number(data, name)
    can_be_one = isinstance(data.get(name), str) or (instant is not None and instant > _EPOCH)
    if said is None or not can_be_one:
        raise OutcomeUnknown(UPSTREAM, operation.name, f"no {name}")
    return said
