import asyncio
import logging
from typing import Any

import pytest

from bff.money import Money
from clients.errors import UpstreamError
from tests.catalogue_rig import VENUES, catalogue, down, experience, two_venues, venue
from tests.fake_clock import FakeClock
from tests.sevenrooms_wire import Wire, refuses, says


@pytest.fixture
def wire() -> Wire:
    return two_venues()


async def test_a_view_costs_one_call_and_one_for_each_venue_then_none(wire: Wire) -> None:
    async with catalogue(wire) as known:
        await asyncio.gather(*(known.view() for _ in range(10)))
        view = await known.view()
    assert len(wire.requests) == 3
    assert set(view.venues) == {"v_1", "v_2"}
    assert [item.id for item in view.experiences] == ["e_1", "e_2"]


async def test_a_venue_without_a_time_zone_is_left_out_and_told_once(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.on("GET", VENUES, says([venue("v_1"), venue("v_9")]))
    clock = FakeClock()
    with caplog.at_level(logging.WARNING):
        async with catalogue(wire, clock) as known:
            assert set((await known.view()).venues) == {"v_1"}
            clock.advance(7200)
            await known.view()
    assert caplog.text.count("v_9") == 1
    assert not wire.calls("GET", "/experiences/v_9")


async def test_experiences_are_ordered_by_the_venues_wish_then_name(wire: Wire) -> None:
    rows = [
        experience("e_a", name="beta", sort_order=2),
        experience("e_b", name="Alpha", sort_order=2),
        experience("e_c", name="Zeta", sort_order=1),
        experience("e_c", name="Zeta again"),
        experience("e_d", name="Alpha", sort_order=2),
        experience("e_e", name=None, title="Untitled", sort_order=None),
        experience("e_f", name=None, title=None),
    ]
    wire.on("GET", "/experiences/v_1", says({"experience": rows}))
    wire.on("GET", "/experiences/v_2", says({"experience": []}))
    async with catalogue(wire) as known:
        found = (await known.view()).experiences
    assert [item.id for item in found] == ["e_e", "e_c", "e_b", "e_d", "e_a"]


@pytest.mark.parametrize(
    ("fields", "is_shown"),
    [
        ({"status": "ACTIVE", "visibility": "PUBLIC"}, True),
        ({"status": "archived"}, False),
        ({"visibility": "HIDDEN"}, False),
        ({"status": "MOONLIT", "visibility": None}, True),
        ({}, True),
    ],
)
async def test_only_what_is_surely_not_offered_is_hidden(
    wire: Wire, fields: dict[str, Any], *, is_shown: bool
) -> None:
    wire.on("GET", "/experiences/v_1", says({"experience": [experience("e_1", **fields)]}))
    async with catalogue(wire) as known:
        assert ("e_1" in {item.id for item in (await known.view()).experiences}) is is_shown


async def test_an_experience_has_its_price_in_the_venues_currency(wire: Wire) -> None:
    rows = [
        experience("e_1", price_description="From SGD 180 per person", default_party_size=0),
        experience("e_2", price_description="SGD 180", hide_price_description=True),
    ]
    wire.on("GET", "/experiences/v_1", says({"experience": rows}))
    wire.on("GET", "/experiences/v_2", says({"experience": None}))
    async with catalogue(wire) as known:
        first, second = (await known.view()).experiences
    assert first.price_from == Money(18000, "SGD")
    assert first.default_party_size is None
    assert second.price_from is None


async def test_a_venue_whose_experiences_cannot_be_read_keeps_its_last_ones(wire: Wire) -> None:
    clock = FakeClock()
    async with catalogue(wire, clock) as known:
        await known.view()
        wire.on("GET", "/experiences/v_1", refuses(500))
        wire.on("GET", "/experiences/v_2", says({"experience": [experience("e_3")]}))
        clock.advance(3600)
        assert [item.id for item in (await known.view()).experiences] == ["e_1", "e_3"]


async def test_at_the_first_look_one_venue_that_fails_does_not_hide_the_others(wire: Wire) -> None:
    wire.on("GET", "/experiences/v_1", refuses(500))
    async with catalogue(wire) as known:
        view = await known.view()
    assert ([item.id for item in view.experiences], view.is_stale) == (["e_2"], True)


async def test_experiences_that_nobody_could_ever_read_are_a_failure_not_an_empty_app(
    wire: Wire,
) -> None:
    wire.on("GET", "/experiences/v_1", refuses(500))
    wire.on("GET", "/experiences/v_2", refuses(500))
    async with catalogue(wire) as known:
        with pytest.raises(UpstreamError):
            await known.view()


async def test_the_last_view_is_shown_as_stale_while_sevenrooms_is_away(wire: Wire) -> None:
    clock = FakeClock()
    async with catalogue(wire, clock) as known:
        fresh = await known.view()
        down(wire)
        clock.advance(20 * 3600)
        stale = await known.view()
        clock.advance(5 * 3600)
        with pytest.raises(UpstreamError):
            await known.view()
    assert not fresh.is_stale
    assert (stale.is_stale, stale.as_of) == (True, fresh.as_of)
    assert stale.experiences == fresh.experiences


async def test_after_a_renewal_no_guest_waits_for_the_upstream(wire: Wire) -> None:
    async with catalogue(wire) as known:
        await known.renew()
        asked = len(wire.requests)
        assert set((await known.view()).venues) == {"v_1", "v_2"}
    assert len(wire.requests) == asked


async def test_a_list_without_any_venue_does_not_empty_the_app(wire: Wire) -> None:
    clock = FakeClock()
    async with catalogue(wire, clock) as known:
        await known.view()
        wire.on("GET", VENUES, says([]))
        clock.advance(7200)
        view = await known.view()
    assert set(view.venues) == {"v_1", "v_2"}
    assert view.is_stale


async def test_a_venue_that_failed_is_missing_for_seconds_only(wire: Wire) -> None:
    clock = FakeClock()
    wire.on("GET", "/experiences/v_2", refuses(404))
    async with catalogue(wire, clock) as known:
        assert [item.id for item in (await known.view()).experiences] == ["e_1"]
        wire.on("GET", "/experiences/v_2", says({"experience": [experience("e_2")]}))
        clock.advance(6)
        await known.view()
        for _ in range(20):
            await asyncio.sleep(0)
        assert [item.id for item in (await known.view()).experiences] == ["e_1", "e_2"]
