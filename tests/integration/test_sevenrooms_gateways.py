"""Our catalogue and reservations gateways against the stand-in, over real sockets, by its books."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from bff.booking.model import Status
from bff.booking.ports import RequestState, SlotGone
from bff.catalogue.model import SlotKind
from bff.clock import SystemClock
from clients.errors import OutcomeUnknown, UpstreamError
from tests.sandbox_process import Sandbox
from tests.sevenrooms_house import House, booking, opened


@pytest.fixture
async def house(sandbox: Sandbox) -> AsyncIterator[House]:
    async with opened(sandbox) as made:
        yield made


async def test_the_catalogue_has_every_venue_and_experience_of_the_seed(house: House) -> None:
    view = await house.catalogue.view()
    assert len(view.venues) >= 12
    assert len(view.experiences) >= 60
    assert house.calls("*/concierge/*/venues") == 1
    assert house.calls("*/experiences/*") == len(view.venues)
    assert len({venue.time_zone for venue in view.venues.values()}) >= 6
    assert all(item.images for item in view.experiences)
    assert any(item.price_from for item in view.experiences)
    assert not view.is_stale


async def test_free_times_of_all_venues_on_one_date_are_one_call(house: House) -> None:
    view = await house.catalogue.view()
    day = SystemClock().now().date() + dt.timedelta(days=3)
    found = await asyncio.gather(
        *(house.catalogue.days(list(view.venues), day, 2) for _ in range(5))
    )
    assert house.calls("*/availability/dining/venues") == 1
    slots = [slot for each in found[0].values() for slot in each.slots]
    offered = {slot.experience_id for slot in slots if slot.experience_id}
    assert offered
    assert offered <= {item.id for item in view.experiences}


async def test_a_month_of_one_venue_is_one_call_and_agrees_with_single_days(house: House) -> None:
    slot = await house.free()
    days = await house.catalogue.range(slot.venue_id, slot.day, 31, 2)
    again = await house.catalogue.days([slot.venue_id], slot.day, 2, fresh=True)
    assert len(days) == 31
    assert house.calls("*/availability/range") == 1
    assert days[0].slots == again[slot.venue_id].slots


async def test_after_midnight_slots_lie_on_the_next_date_and_can_be_booked(house: House) -> None:
    view = await house.catalogue.view()
    day = SystemClock().now().date() + dt.timedelta(days=4)
    late = [
        slot
        for ahead in range(7)
        for each in (
            await house.catalogue.days(list(view.venues), day + dt.timedelta(days=ahead), 2)
        ).values()
        for slot in each.slots
        if slot.starts_at.date() > slot.day and slot.kind is SlotKind.INSTANT
    ]
    wish = booking(late[0])
    hold = await house.reservations.hold(wish, 600)
    await house.reservations.book(wish, hold_id=hold.id)
    (row,) = house.books("reservations")
    assert dt.datetime.fromisoformat(row["starts_at"]) == late[0].starts_at
    assert row["date"] == late[0].day.isoformat()


async def test_a_held_place_is_booked_found_looked_at_and_cancelled(house: House) -> None:
    wish = booking(await house.free(paid=True))
    hold = await house.reservations.hold(wish, 600)
    left = (hold.until - SystemClock().now()).total_seconds()
    assert 590 < left <= 600
    made = await house.reservations.book(wish, hold_id=hold.id)
    assert made.confirmation_code
    assert await house.reservations.find_reservation(wish) == made
    assert await house.reservations.look(made.id) is Status.CONFIRMED
    booked = dataclasses.replace(wish, reservation_id=made.id)
    await house.reservations.cancel(booked)
    await house.reservations.cancel(booked)
    assert await house.reservations.look(made.id) is Status.CANCELLED
    assert await house.reservations.find_reservation(wish) is None
    (row,) = house.books("reservations")
    assert (row["external_id"], row["external_user_id"]) == ("bk_1", wish.member_id)
    assert row["hold_id"] == hold.id


async def test_a_released_place_can_be_held_again(house: House) -> None:
    wish = booking(await house.free())
    for _ in range(2):
        hold = await house.reservations.hold(wish, 600)
        held = dataclasses.replace(wish, hold_id=hold.id)
        await house.reservations.release(held)
        await house.reservations.release(held)
    assert not any(row.get("live") for row in house.books("holds"))


async def test_of_many_who_want_the_last_place_one_gets_it(house: House) -> None:
    slot = await house.free()
    house.sandbox.post(
        "/sevenrooms/capacity",
        {
            "venue_id": slot.venue_id,
            "shift_persistent_id": slot.shift_persistent_id,
            "date": slot.day.isoformat(),
            "time": slot.time_text,
            "remaining": 2,
        },
    )
    wishes = [booking(slot, f"bk_{n}") for n in range(8)]
    came = await asyncio.gather(
        *(house.reservations.hold(wish, 600) for wish in wishes), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in came) == ["Hold", *["SlotGone"] * 7]


async def test_a_lost_answer_leads_to_the_booking_that_was_made(sandbox: Sandbox) -> None:
    async with opened(sandbox) as house:
        wish = booking(await house.free())
        sandbox.fault("sevenrooms", "drop_after", "PUT */book", times=1)
        with pytest.raises(OutcomeUnknown):
            await house.reservations.book(wish, hold_id=None)
        found = await house.reservations.find_reservation(wish)
        assert found is not None
        assert [row["id"] for row in house.books("reservations")] == [found.id]


async def test_a_repetition_of_our_own_finds_the_booking_and_makes_no_second(
    house: House,
) -> None:
    wish = booking(await house.free())
    made = await house.reservations.book(wish, hold_id=None)
    assert await house.reservations.book(wish, hold_id=None) == made
    assert len(house.books("reservations")) == 1


async def test_a_guest_may_come_twice_on_one_day(house: House) -> None:
    slot = await house.free()
    first = await house.reservations.book(booking(slot, "bk_1"), hold_id=None)
    wish = booking(slot, "bk_2")
    hold = await house.reservations.hold(wish, 600)
    second = await house.reservations.book(wish, hold_id=hold.id)
    assert first.id != second.id
    assert {row["external_id"] for row in house.books("reservations")} == {"bk_1", "bk_2"}


async def test_a_guest_without_a_phone_is_booked_and_found_by_name(house: House) -> None:
    wish = booking(await house.free(), phone_number=None)
    made = await house.reservations.book(wish, hold_id=None)
    assert await house.reservations.find_reservation(wish) == made


async def test_a_request_waits_is_found_and_becomes_a_reservation(house: House) -> None:
    wish = booking(await house.free(SlotKind.ON_REQUEST))
    request_id = await house.reservations.request(wish)
    assert await house.reservations.find_request(wish) == request_id
    asked = dataclasses.replace(wish, request_id=request_id)
    look = await house.reservations.look_at_request(asked)
    assert look.state is RequestState.WAITING
    house.sandbox.post(f"/sevenrooms/requests/{request_id}/approve")
    look = await house.reservations.look_at_request(asked)
    assert look.state is RequestState.APPROVED
    assert look.reservation is not None
    assert await house.reservations.find_reservation(asked) == look.reservation
    (row,) = house.books("reservations")
    assert dt.datetime.fromisoformat(row["starts_at"]) == wish.terms.starts_at


async def test_a_declined_and_a_withdrawn_request_are_over(house: House) -> None:
    slot = await house.free(SlotKind.ON_REQUEST)
    declined, withdrawn = booking(slot, "bk_1"), booking(slot, "bk_2")
    first = await house.reservations.request(declined)
    second = await house.reservations.request(withdrawn)
    house.sandbox.post(f"/sevenrooms/requests/{first}/decline")
    look = await house.reservations.look_at_request(dataclasses.replace(declined, request_id=first))
    assert look.state is RequestState.DECLINED
    for _ in range(2):
        await house.reservations.withdraw(dataclasses.replace(withdrawn, request_id=second))
    assert await house.reservations.find_request(withdrawn) is None


async def test_a_guests_reservations_are_theirs_alone(house: House) -> None:
    slot = await house.free()
    mine = await house.reservations.book(booking(slot, "bk_1"), hold_id=None)
    stranger = {"first_name": "Kai", "email": "kai@example.test", "phone_number": "+6581111111"}
    theirs = await house.reservations.book(booking(slot, "bk_2", **stranger), hold_id=None)
    found = await house.guests.of_guest(booking(slot).guest)
    assert [(item.id, item.external_id, item.starts_at) for item in found] == [
        (mine.id, "bk_1", slot.starts_at)
    ]
    assert await house.guests.one(mine.id, booking(slot).guest) == found[0]
    assert await house.guests.one(theirs.id, booking(slot).guest) is None
    assert await house.guests.one("nobody-knows-this", booking(slot).guest) is None


async def test_revoked_tokens_are_renewed_once_for_all_callers(house: House) -> None:
    wish = booking(await house.free())
    before = house.calls("*/auth")
    house.sandbox.fault("sevenrooms", "revoke")
    await asyncio.gather(*(house.reads.venues() for _ in range(5)))
    await house.reservations.hold(wish, 600)
    assert house.calls("*/auth") == before + 1


async def test_an_id_from_outside_cannot_change_the_path(house: House) -> None:
    with pytest.raises(UpstreamError):
        await house.reads.reservation("../venues")
    (call,) = house.sandbox.calls("sevenrooms", path="*reservations*")
    assert "/reservations/" in call["path"]


async def test_the_last_catalogue_stays_while_sevenrooms_is_down(house: House) -> None:
    slot = await house.free()
    house.sandbox.fault("sevenrooms", "down")
    assert (await house.catalogue.view()).venues
    with pytest.raises(UpstreamError):
        await house.catalogue.days([slot.venue_id], slot.day, 2, fresh=True)
    with pytest.raises((UpstreamError, SlotGone)):
        await house.reservations.hold(booking(slot), 600)
