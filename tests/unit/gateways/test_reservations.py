import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bff.booking.model import Status
from bff.booking.ports import (
    CannotAsk,
    RequestLook,
    RequestsOff,
    RequestState,
    Reservation,
    SlotGone,
    TooLateToCancel,
)
from bff.gateways.reservations import SevenRoomsReservations
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised
from clients.sevenrooms.read import SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites
from tests.booking_samples import DAY, booking
from tests.fake_clock import NOON, FakeClock
from tests.sevenrooms_wire import CONCIERGE, GROUP, Wire, linked, refuses, says

VENUE = CONCIERGE + "/venues/v_1"
HOLDS, BOOK, REQUEST = VENUE + "/holds", VENUE + "/book", VENUE + "/request"
RELEASE, DELETE = HOLDS + "/h_1/release", VENUE + "/requests/delete"
SEARCH = GROUP + "/reservations"
RESERVATION = CONCIERGE + "/reservations/res_1"

OURS = {"id": "res_1", "external_id": "bk_1", "venue_id": "v_1", "reference_code": "K3QZ81P"}
OTHER = {"id": "res_9", "external_id": "else", "venue_id": "v_1", "status_code": "RESERVED"}


def found(*rows: dict[str, Any]) -> httpx.Response:
    return says({"results": list(rows), "cursor": None})


@contextlib.asynccontextmanager
async def gateway(
    wire: Wire, *, request_search: bool = True
) -> AsyncIterator[SevenRoomsReservations]:
    async with linked(wire) as link:
        yield SevenRoomsReservations(
            SevenRoomsReads(link),
            SevenRoomsWrites(link),
            request_search=request_search,
            clock=FakeClock(),
        )


class TestHolding:
    async def test_a_hold_is_asked_for_as_long_as_wanted_and_ends_when_it_says(self) -> None:
        wire = Wire()
        wire.on("PUT", HOLDS, says({"reservation_hold_id": "h_1", "hold_duration_sec": 300}))
        async with gateway(wire) as reservations:
            hold = await reservations.hold(booking(), 600)
        assert (hold.id, hold.until) == ("h_1", NOON + dt.timedelta(seconds=300))
        assert wire.form("PUT", HOLDS) == {
            "date": "2026-12-08",
            "time": "7:30 PM",
            "party_size": "2",
            "shift_persistent_id": "v_1-DINNER-1",
            "access_persistent_id": "v_1-access-1",
            "hold_wait_time_sec": "600",
        }

    @pytest.mark.parametrize(
        ("said", "seconds"), [(None, 300), (10**9, 600), (-5, 0), ("450", 450)]
    )
    async def test_a_hold_is_never_believed_to_last_longer_than_is_sure(
        self, said: object, seconds: int
    ) -> None:
        wire = Wire()
        wire.on("PUT", HOLDS, says({"reservation_hold_id": "h_1", "hold_duration_sec": said}))
        async with gateway(wire) as reservations:
            hold = await reservations.hold(booking(), 600)
        assert hold.until == NOON + dt.timedelta(seconds=seconds)

    @pytest.mark.parametrize("answer", [refuses(409), refuses(400, "Slot is no longer available")])
    async def test_a_place_that_somebody_else_has_is_gone(self, answer: httpx.Response) -> None:
        wire = Wire()
        wire.on("PUT", HOLDS, answer)
        async with gateway(wire) as reservations:
            with pytest.raises(SlotGone):
                await reservations.hold(booking(), 600)

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (refuses(400, "party_size is not valid"), Refused),
            (refuses(401), Unauthorised),
            (refuses(503), OutcomeUnknown),
            (httpx.ConnectError("down"), NotSent),
        ],
    )
    async def test_other_failures_stay_what_they_are(
        self, answer: httpx.Response | Exception, kind: type[Exception]
    ) -> None:
        wire = Wire()
        wire.on("PUT", HOLDS, answer)
        async with gateway(wire) as reservations:
            with pytest.raises(kind):
                await reservations.hold(booking(), 600)

    async def test_a_slot_that_cannot_be_held_is_gone_without_a_call(self) -> None:
        wire = Wire()
        async with gateway(wire) as reservations:
            with pytest.raises(SlotGone):
                await reservations.hold(booking(terms={"access_persistent_id": None}), 600)
        assert wire.requests == []

    @pytest.mark.parametrize("answer", [says(None), refuses(404), refuses(400, "no such hold")])
    async def test_a_hold_that_is_over_counts_as_released(self, answer: httpx.Response) -> None:
        wire = Wire()
        wire.on("POST", RELEASE, answer)
        async with gateway(wire) as reservations:
            await reservations.release(booking(hold_id="h_1"))
        assert wire.form("POST", RELEASE) == {
            "date": "2026-12-08",
            "shift_persistent_id": "v_1-DINNER-1",
        }

    async def test_without_a_hold_nothing_is_released(self) -> None:
        wire = Wire()
        async with gateway(wire) as reservations:
            await reservations.release(booking())
        assert wire.requests == []

    async def test_a_release_that_may_have_failed_says_so(self) -> None:
        wire = Wire()
        wire.on("POST", RELEASE, refuses(500))
        async with gateway(wire) as reservations:
            with pytest.raises(OutcomeUnknown):
                await reservations.release(booking(hold_id="h_1"))


class TestBooking:
    async def test_our_reference_travels_with_the_booking(self) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, says({"reservation_id": "res_1"}))
        wire.on("GET", RESERVATION, says(OURS))
        async with gateway(wire) as reservations:
            made = await reservations.book(booking(), hold_id="h_1")
        assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")
        assert wire.form("PUT", BOOK) == {
            "date": "2026-12-08",
            "time": "7:30 PM",
            "party_size": "2",
            "first_name": "Mei",
            "last_name": "Tan",
            "phone": "+6580000000",
            "email": "mei@example.test",
            "notes": "A quiet table",
            "loyalty_id": "CT0000001A",
            "reservation_hold_id": "h_1",
            "access_persistent_id": "v_1-access-1",
            "external_id": "bk_1",
            "external_user_id": "sub_1",
        }

    async def test_a_code_that_came_at_once_costs_no_second_call(self) -> None:
        wire = Wire()
        data = {"reservation_id": "res_1", "reservation_reference_code": "K3QZ81P"}
        wire.on("PUT", BOOK, says(data))
        async with gateway(wire) as reservations:
            made = await reservations.book(booking(), hold_id=None)
        assert made.confirmation_code == "K3QZ81P"
        assert "reservation_hold_id" not in wire.form("PUT", BOOK)

    async def test_a_code_that_cannot_be_read_does_not_undo_the_booking(self) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, says({"reservation_id": "res_1"}))
        wire.on("GET", RESERVATION, refuses(500))
        async with gateway(wire) as reservations:
            made = await reservations.book(booking(), hold_id="h_1")
        assert made == Reservation(id="res_1", confirmation_code=None)

    async def test_a_guest_without_a_phone_is_booked_all_the_same(self) -> None:
        wire = Wire()
        data = {"reservation_id": "res_1", "reservation_reference_code": "K3QZ81P"}
        wire.on("PUT", BOOK, says(data))
        guest = {"phone_number": None, "notes": None, "member_number": None}
        async with gateway(wire) as reservations:
            await reservations.book(booking(guest=guest), hold_id="h_1")
        form = wire.form("PUT", BOOK)
        assert form["bypass_required_contact_fields"] == "true"
        assert not {"phone", "notes", "loyalty_id"} & set(form)

    async def test_the_duplicate_check_is_left_on_as_a_guard_against_ourselves(self) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, refuses(409))
        wire.on("GET", SEARCH, found())
        async with gateway(wire) as reservations:
            with pytest.raises(SlotGone):
                await reservations.book(booking(), hold_id="h_1")
        (sent,) = wire.calls("PUT", BOOK)
        assert b"bypass_duplicate" not in sent.content

    async def test_a_duplicate_that_is_our_own_lost_booking_is_the_booking(self) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, refuses(409))
        wire.on("GET", SEARCH, found(OTHER, OURS))
        async with gateway(wire) as reservations:
            made = await reservations.book(booking(), hold_id="h_1")
        assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")
        assert len(wire.calls("PUT", BOOK)) == 1

    async def test_a_guest_who_comes_twice_a_day_passes_the_duplicate_check(self) -> None:
        wire = Wire()
        data = {"reservation_id": "res_1", "reservation_reference_code": "K3QZ81P"}
        wire.on("PUT", BOOK, refuses(409), says(data))
        wire.on("GET", SEARCH, found(OTHER))
        async with gateway(wire) as reservations:
            made = await reservations.book(booking(), hold_id="h_1")
        assert made.id == "res_1"
        assert wire.form("PUT", BOOK)["bypass_duplicate_reservation_check"] == "true"

    async def test_a_place_that_is_gone_is_gone_for_a_guest_who_comes_twice_too(self) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, refuses(409))
        wire.on("GET", SEARCH, found(OTHER))
        async with gateway(wire) as reservations:
            with pytest.raises(SlotGone):
                await reservations.book(booking(), hold_id="h_1")
        assert len(wire.calls("PUT", BOOK)) == 2

    @pytest.mark.parametrize(
        "row", [{**OTHER, "status_code": "CANCELED"}, {**OTHER, "venue_id": "v_2"}]
    )
    async def test_only_a_live_reservation_there_can_be_the_duplicate(
        self, row: dict[str, Any]
    ) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, refuses(409))
        wire.on("GET", SEARCH, found(row))
        async with gateway(wire) as reservations:
            with pytest.raises(SlotGone):
                await reservations.book(booking(), hold_id="h_1")
        assert len(wire.calls("PUT", BOOK)) == 1

    async def test_a_refusal_whose_reason_cannot_be_asked_was_not_sent(self) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, refuses(409))
        wire.on("GET", SEARCH, refuses(500))
        async with gateway(wire) as reservations:
            with pytest.raises(NotSent):
                await reservations.book(booking(), hold_id="h_1")

    async def test_a_lost_answer_is_an_unknown_outcome(self) -> None:
        wire = Wire()
        wire.on("PUT", BOOK, httpx.ReadError("gone"))
        async with gateway(wire) as reservations:
            with pytest.raises(OutcomeUnknown):
                await reservations.book(booking(), hold_id="h_1")


class TestFinding:
    async def test_a_lost_booking_is_found_by_our_reference(self) -> None:
        wire = Wire()
        wire.on("GET", SEARCH, found(OTHER, OURS))
        async with gateway(wire) as reservations:
            made = await reservations.find_reservation(booking())
        assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")
        assert wire.query("GET", SEARCH) == {
            "from_date": "2026-12-08",
            "to_date": "2026-12-09",
            "phone_number": "+6580000000",
            "limit": "400",
        }

    async def test_where_the_phone_misses_it_the_name_is_searched_too(self) -> None:
        wire = Wire()
        wire.on("GET", SEARCH, found(), found(OURS))
        async with gateway(wire) as reservations:
            assert await reservations.find_reservation(booking()) is not None
        assert wire.query("GET", SEARCH)["name"] == "Mei Tan"

    async def test_a_guest_without_phone_and_name_is_not_searched_as_everybody(self) -> None:
        wire = Wire()
        wire.on("GET", SEARCH, found())
        guest = {"phone_number": None, "first_name": "", "last_name": ""}
        async with gateway(wire) as reservations:
            assert await reservations.find_reservation(booking(guest=guest)) is None
        assert wire.query("GET", SEARCH)["name"] == "-"

    @pytest.mark.parametrize("dead", [{"status_code": "CANCELED"}, {"deleted": True}])
    async def test_a_cancelled_reservation_is_not_found(self, dead: dict[str, Any]) -> None:
        wire = Wire()
        wire.on("GET", SEARCH, found({**OURS, **dead}))
        async with gateway(wire) as reservations:
            assert await reservations.find_reservation(booking()) is None

    async def test_what_a_request_became_is_found_by_the_requests_id(self) -> None:
        wire = Wire()
        wire.on("GET", SEARCH, found({**OTHER, "request_id": "q_1"}))
        async with gateway(wire) as reservations:
            made = await reservations.find_reservation(booking(request_id="q_1"))
        assert made == Reservation(id="res_9", confirmation_code=None)

    async def test_what_a_request_became_is_asked_of_the_request_itself(self) -> None:
        wire = Wire()
        wire.on("GET", SEARCH, found())
        wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "reservation_id": "res_1"}))
        wire.on("GET", RESERVATION, says(OURS))
        async with gateway(wire) as reservations:
            made = await reservations.find_reservation(booking(request_id="q_1"))
        assert made == Reservation(id="res_1", confirmation_code="K3QZ81P")

    async def test_an_upstream_that_is_away_does_not_count_as_nothing_found(self) -> None:
        wire = Wire()
        wire.on("GET", SEARCH, refuses(500))
        async with gateway(wire) as reservations:
            with pytest.raises(OutcomeUnknown):
                await reservations.find_reservation(booking())

    @pytest.mark.parametrize(
        ("row", "status"),
        [
            ({"status_code": "RESERVED"}, Status.CONFIRMED),
            ({"status": "On the Books"}, Status.CONFIRMED),
            ({"status_code": "canceled"}, Status.CANCELLED),
            ({"status_code": "NO_SHOW"}, Status.NO_SHOW),
            ({"status": "No Show"}, Status.NO_SHOW),
            ({"status_code": "COMPLETE"}, Status.COMPLETED),
            ({"status_code": "CUSTOM_STATUS_7", "status_simple": "Complete"}, Status.COMPLETED),
            ({"status_code": "CUSTOM_STATUS_7"}, Status.UNKNOWN),
            ({}, Status.UNKNOWN),
            ({"status_code": "RESERVED", "deleted": True}, Status.CANCELLED),
        ],
    )
    async def test_statuses_are_read_in_every_vocabulary(
        self, row: dict[str, Any], status: Status
    ) -> None:
        wire = Wire()
        wire.on("GET", RESERVATION, says({"id": "res_1", **row}))
        async with gateway(wire) as reservations:
            assert await reservations.look("res_1") is status

    async def test_a_reservation_nobody_knows_has_an_unknown_status(self) -> None:
        wire = Wire()
        wire.on("GET", RESERVATION, refuses(400, "Invalid reservation ID"))
        async with gateway(wire) as reservations:
            assert await reservations.look("res_1") is Status.UNKNOWN


class TestRequesting:
    async def test_a_request_carries_our_reference_as_its_user(self) -> None:
        wire = Wire()
        wire.on("PUT", REQUEST, says({"request_id": "q_1"}))
        async with gateway(wire) as reservations:
            assert await reservations.request(booking()) == "q_1"
        form = wire.form("PUT", REQUEST)
        assert form["external_user_id"] == "bk_1"
        assert form["time"] == "7:30 PM"
        assert not {"access_persistent_id", "reservation_hold_id", "external_id"} & set(form)

    @pytest.mark.parametrize(("status", "kind"), [(403, RequestsOff), (409, SlotGone)])
    async def test_a_venue_may_take_no_requests(self, status: int, kind: type[Exception]) -> None:
        wire = Wire()
        wire.on("PUT", REQUEST, refuses(status))
        async with gateway(wire) as reservations:
            with pytest.raises(kind):
                await reservations.request(booking())

    async def test_a_request_without_a_phone_is_refused_before_it_is_sent(self) -> None:
        wire = Wire()
        async with gateway(wire) as reservations:
            with pytest.raises(Refused):
                await reservations.request(booking(guest={"phone_number": None}))
        assert wire.requests == []

    async def test_a_lost_request_is_found_by_our_reference(self) -> None:
        wire = Wire()
        rows = [
            {"id": "q_0", "external_user_id": "bk_1", "deleted": "2026-11-22T10:00:00"},
            {"id": "q_1", "external_user_id": "bk_0", "status": "UNAPPROVED"},
            {"id": "q_2", "external_user_id": "bk_1", "status": "UNAPPROVED"},
        ]
        wire.on("GET", "/requests", says({"results": rows}))
        async with gateway(wire) as reservations:
            assert await reservations.find_request(booking()) == "q_2"
            assert await reservations.find_request(booking(id="bk_7")) is None
        assert wire.query("GET", "/requests")["venue_id"] == "v_1"

    async def test_with_the_search_switched_off_nobody_can_be_asked(self) -> None:
        wire = Wire()
        async with gateway(wire, request_search=False) as reservations:
            with pytest.raises(CannotAsk):
                await reservations.find_request(booking())
        assert wire.requests == []

    @pytest.mark.parametrize("status", [403, 404, 405])
    async def test_a_tenant_without_the_search_cannot_be_asked(self, status: int) -> None:
        wire = Wire()
        wire.on("GET", "/requests", refuses(status))
        async with gateway(wire) as reservations:
            with pytest.raises(CannotAsk):
                await reservations.find_request(booking())

    async def test_a_search_that_fails_is_not_taken_for_a_missing_one(self) -> None:
        wire = Wire()
        wire.on("GET", "/requests", refuses(500))
        async with gateway(wire) as reservations:
            with pytest.raises(OutcomeUnknown):
                await reservations.find_request(booking())

    @pytest.mark.parametrize(
        ("row", "state"),
        [
            ({"status": "UNAPPROVED"}, RequestState.WAITING),
            ({"status": "PONDERING"}, RequestState.WAITING),
            ({"status": None}, RequestState.WAITING),
            ({"status": "DECLINED"}, RequestState.DECLINED),
            ({"status": "CANCELED"}, RequestState.DECLINED),
            ({"status": "EXPIRED"}, RequestState.DECLINED),
            ({"status": "UNAPPROVED", "is_expired": True}, RequestState.DECLINED),
            ({"status": "UNAPPROVED", "deleted": "2026-11-22"}, RequestState.DECLINED),
        ],
    )
    async def test_a_request_waits_until_it_is_surely_decided(
        self, row: dict[str, Any], state: RequestState
    ) -> None:
        wire = Wire()
        wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "reservation_id": None, **row}))
        async with gateway(wire) as reservations:
            look = await reservations.look_at_request(booking(request_id="q_1"))
        assert look == RequestLook(state=state)

    async def test_an_approved_request_has_its_reservation(self) -> None:
        wire = Wire()
        wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "reservation_id": "res_1"}))
        wire.on("GET", RESERVATION, says(OURS))
        async with gateway(wire) as reservations:
            look = await reservations.look_at_request(booking(request_id="q_1"))
        made = Reservation(id="res_1", confirmation_code="K3QZ81P")
        assert look == RequestLook(state=RequestState.APPROVED, reservation=made)

    @pytest.mark.parametrize("status", [400, 404])
    async def test_a_request_nobody_knows_is_gone(self, status: int) -> None:
        wire = Wire()
        wire.on("GET", REQUEST + "/q_1", refuses(status))
        async with gateway(wire) as reservations:
            look = await reservations.look_at_request(booking(request_id="q_1"))
        assert look.state is RequestState.GONE

    async def test_a_withdrawn_request_is_deleted_and_that_is_all(self) -> None:
        wire = Wire()
        wire.on("POST", DELETE, says({"count": 1, "deleted_ids": ["q_1"]}))
        async with gateway(wire) as reservations:
            await reservations.withdraw(booking(request_id="q_1"))
            await reservations.withdraw(booking())
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("answer", [says({"count": 0, "deleted_ids": []}), refuses(404)])
    async def test_a_request_that_is_gone_counts_as_withdrawn(self, answer: httpx.Response) -> None:
        wire = Wire()
        wire.on("POST", DELETE, answer)
        wire.on("GET", REQUEST + "/q_1", refuses(404))
        async with gateway(wire) as reservations:
            await reservations.withdraw(booking(request_id="q_1"))

    async def test_a_request_that_is_still_there_does_not_count_as_withdrawn(self) -> None:
        wire = Wire()
        wire.on("POST", DELETE, says({"count": 0, "deleted_ids": None}))
        wire.on("GET", REQUEST + "/q_1", says({"id": "q_1", "status": "UNAPPROVED"}))
        async with gateway(wire) as reservations:
            with pytest.raises(OutcomeUnknown):
                await reservations.withdraw(booking(request_id="q_1"))


class TestCancelling:
    @pytest.mark.parametrize(
        "answer",
        [
            says({"reservation_id": "res_1"}),
            refuses(400, "Reservation has already been cancelled."),
        ],
    )
    async def test_cancelled_already_counts_as_cancelled(self, answer: httpx.Response) -> None:
        wire = Wire()
        wire.on("DELETE", RESERVATION, answer)
        async with gateway(wire) as reservations:
            await reservations.cancel(booking(reservation_id="res_1"))
        assert len(wire.requests) == 1

    async def test_past_the_cut_off_it_is_too_late(self) -> None:
        wire = Wire()
        said = "Reservation cannot be modified after the cancellation cut-off time"
        wire.on("DELETE", RESERVATION, refuses(400, said))
        async with gateway(wire) as reservations:
            with pytest.raises(TooLateToCancel):
                await reservations.cancel(booking(reservation_id="res_1"))

    @pytest.mark.parametrize(
        "answer",
        [
            refuses(400, "Invalid reservation ID"),
            refuses(404, "The venue does not have record of this reservation."),
        ],
    )
    async def test_a_reservation_nobody_knows_takes_no_place(self, answer: httpx.Response) -> None:
        wire = Wire()
        wire.on("DELETE", RESERVATION, answer)
        wire.on("GET", SEARCH, found())
        async with gateway(wire) as reservations:
            await reservations.cancel(booking(reservation_id="res_1"))
            wire.on("GET", SEARCH, found(OURS))
            with pytest.raises(Refused):
                await reservations.cancel(booking(reservation_id="res_1"))

    async def test_a_refusal_for_another_reason_stays_one(self) -> None:
        wire = Wire()
        wire.on("DELETE", RESERVATION, refuses(400, "Computer says no"))
        async with gateway(wire) as reservations:
            with pytest.raises(Refused):
                await reservations.cancel(booking(reservation_id="res_1"))

    async def test_without_a_reservation_nothing_is_cancelled(self) -> None:
        wire = Wire()
        async with gateway(wire) as reservations:
            await reservations.cancel(booking())
        assert wire.requests == []


def test_the_sample_is_a_day_ahead_of_the_clock() -> None:
    assert NOON.date() < DAY
