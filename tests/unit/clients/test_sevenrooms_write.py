import httpx
import pytest

from clients.errors import OutcomeUnknown
from clients.sevenrooms.models.bookings import Booked, Hold
from tests.sevenrooms_wire import CONCIERGE, Wire, says, writing

VENUE = CONCIERGE + "/venues/v_1"


async def test_a_form_leaves_out_what_is_none_and_writes_truth_as_text() -> None:
    wire = Wire()
    wire.on("PUT", VENUE + "/book", says({"reservation_id": "res_1"}))
    form = {"party_size": 2, "notes": None, "bypass_required_contact_fields": True, "x": False}
    async with writing(wire) as writes:
        booked = await writes.book("v_1", form)
    assert booked == Booked(reservation_id="res_1", reservation_reference_code=None)
    assert wire.form("PUT", VENUE + "/book") == {
        "party_size": "2",
        "bypass_required_contact_fields": "true",
        "x": "false",
    }


async def test_a_hold_says_its_id_as_text_and_how_long_it_lasts() -> None:
    wire = Wire()
    data = {"reservation_hold_id": 1550988003.5, "hold_duration_sec": "300"}
    wire.on("PUT", VENUE + "/holds", says(data))
    async with writing(wire) as writes:
        hold = await writes.hold("v_1", {"party_size": 2})
    assert hold == Hold(reservation_hold_id="1550988003.5", hold_duration_sec=300)


async def test_releasing_needs_no_data_in_the_answer() -> None:
    wire = Wire()
    path = VENUE + "/holds/1550988003.5/release"
    wire.on("POST", path, says(None, message="Hold <1550988003.5> released normally"))
    async with writing(wire) as writes:
        await writes.release("v_1", "1550988003.5", {"date": "2025-03-08"})
    assert wire.form("POST", path) == {"date": "2025-03-08"}


async def test_the_requests_id_is_not_taken_for_the_calls() -> None:
    wire = Wire()
    wire.on("PUT", VENUE + "/request", says({"request_id": "rrq_31"}), says({}))
    async with writing(wire) as writes:
        assert await writes.make_request("v_1", {"time": "7:30 PM"}) == "rrq_31"
        with pytest.raises(OutcomeUnknown):
            await writes.make_request("v_1", {"time": "7:30 PM"})


async def test_deleting_requests_says_which_are_gone() -> None:
    wire = Wire()
    path = VENUE + "/requests/delete"
    wire.on("POST", path, says({"count": 1, "deleted_ids": ["a"]}), says({"deleted_ids": None}))
    async with writing(wire) as writes:
        assert await writes.delete_requests("v_1", ["a", "b"]) == {"a"}
        assert await writes.delete_requests("v_1", ["a"]) == frozenset()
    assert wire.form("POST", path) == {"request_ids": "a"}


async def test_cancelling_sends_no_body() -> None:
    wire = Wire()
    path = CONCIERGE + "/reservations/res_1"
    wire.on("DELETE", path, says({"reservation_id": "res_1"}))
    async with writing(wire) as writes:
        await writes.cancel("res_1")
    assert wire.calls("DELETE", path)[0].content == b""


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"status": None, "data": None}])
async def test_a_2xx_that_does_not_say_that_it_was_done_has_to_be_asked_about(
    answer: object,
) -> None:
    wire = Wire()
    wire.on("DELETE", CONCIERGE + "/reservations/res_1", httpx.Response(200, json=answer))
    async with writing(wire) as writes:
        with pytest.raises(OutcomeUnknown):
            await writes.cancel("res_1")


@pytest.mark.parametrize("said", [17, True, None, [], "", {}])
async def test_a_hold_under_what_can_be_no_instant_may_have_been_lost(said: object) -> None:
    wire = Wire()
    wire.on("PUT", VENUE + "/holds", says({"reservation_hold_id": said}))
    async with writing(wire) as writes:
        with pytest.raises(OutcomeUnknown, match="no reservation_hold_id"):
            await writes.hold("v_1", {})


@pytest.mark.parametrize("said", [79, 1.5, True, None, [], ""])
async def test_a_booking_under_no_key_of_theirs_has_to_be_found(said: object) -> None:
    wire = Wire()
    wire.on("PUT", VENUE + "/book", says({"reservation_id": said}))
    async with writing(wire) as writes:
        with pytest.raises(OutcomeUnknown, match="no reservation_id"):
            await writes.book("v_1", {})
