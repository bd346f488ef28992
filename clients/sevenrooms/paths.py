"""The operations of SevenRooms as data: verb and path template of each.

Concierge API 2.4, all CONFIRMED by the vendor's OpenAPI document, save what `Operations` marks.
"""

import urllib.parse
from dataclasses import dataclass
from typing import Literal

from clients.errors import Refused

UPSTREAM = "sevenrooms"

_CONCIERGE = "/concierge/{concierge_id}"
_GROUP = "/concierge_group/{concierge_group_id}"
_VENUE = _CONCIERGE + "/venues/{venue_id}"


@dataclass(frozen=True, slots=True)
class Operation:
    """`writes`: sending it twice could do something twice."""

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    writes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Every operation that we use; one that a tenant has elsewhere is replaced here alone."""

    venues: Operation = Operation("venues", "GET", _CONCIERGE + "/venues")
    venue: Operation = Operation("venue", "GET", _VENUE)
    experiences: Operation = Operation("experiences", "GET", "/experiences/{venue_id}")
    availability: Operation = Operation("availability", "GET", _VENUE + "/availability/dining")
    availability_of_many: Operation = Operation(
        "availability of many", "GET", _CONCIERGE + "/availability/dining/venues"
    )
    availability_range: Operation = Operation(
        "availability range", "GET", _VENUE + "/availability/range"
    )
    request: Operation = Operation("request", "GET", _VENUE + "/request/{request_id}")
    reservation: Operation = Operation(
        "reservation", "GET", _CONCIERGE + "/reservations/{reservation_id}"
    )
    reservations: Operation = Operation("reservations", "GET", _GROUP + "/reservations")
    hold: Operation = Operation("hold", "PUT", _VENUE + "/holds", writes=True)
    release: Operation = Operation(
        "release", "POST", _VENUE + "/holds/{reservation_hold_id}/release", writes=True
    )
    book: Operation = Operation("book", "PUT", _VENUE + "/book", writes=True)
    make_request: Operation = Operation("make request", "PUT", _VENUE + "/request", writes=True)
    delete_requests: Operation = Operation(
        "delete requests", "POST", _VENUE + "/requests/delete", writes=True
    )
    cancel: Operation = Operation(
        "cancel", "DELETE", _CONCIERGE + "/reservations/{reservation_id}", writes=True
    )
    # PROPOSED: the Concierge API has no call that lists requests. The route is real on the venue
    # side (CONFIRMED-L); its parameters, its rows and its taking our token are not confirmed.
    requests: Operation = Operation("requests", "GET", "/requests")


AUTH = Operation("auth", "POST", "/auth")


def filled(operation: Operation, **ids: str) -> str:
    """The operation's path. Errors: `Refused` (404) for an id that cannot be one."""
    return operation.path.format(
        **{name: _segment(operation, value) for name, value in ids.items()}
    )


def _segment(operation: Operation, value: str) -> str:
    # "." and ".." would be taken as steps through the path, whatever is quoted.
    if not value.strip("."):
        raise Refused(UPSTREAM, operation.name, "no such id", status=404)
    return urllib.parse.quote(value, safe="")
