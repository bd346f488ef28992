"""The seed is worth looking at, and has in it what the tests of everything else need."""

import json
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from sandbox import seed
from sandbox.seed.identifiers import reference_code
from sandbox.seed.model import Venue

SEED = seed.load()


def test_there_are_twelve_venues_in_eleven_countries_each_in_a_zone_of_its_own() -> None:
    assert len(SEED.venues) == 12
    assert len({each.place.country for each in SEED.venues}) == 11
    zones = seed.time_zones()
    assert set(zones) == {each.id for each in SEED.venues}
    assert len({ZoneInfo(zone) for zone in zones.values()}) == 12
    assert json.loads(json.dumps(zones)) == zones


def test_there_are_sixty_experiences_told_apart_by_everything() -> None:
    offers = SEED.experiences
    assert len(offers) == len({each.id for each in offers}) == 60
    assert len({each.name for each in offers}) == len({each.slug for each in offers}) == 60
    assert all(each.pictures for each in offers)
    assert 12 <= sum(each.is_featured for each in offers) <= 30
    assert any(each.description is None for each in offers)
    assert any(each.price_description is None for each in offers)


def test_ids_have_the_vendors_form() -> None:
    names = [each.id for each in SEED.venues] + [each.id for each in SEED.experiences]
    assert all(re.fullmatch("ahhzfnNldmVucm9vbXMtc2Vj[A-Za-z0-9_-]{36,66}", each) for each in names)
    for house in SEED.venues:
        for shift in house.shifts:
            assert re.fullmatch(rf"{house.id}-{shift.category}-\d+\.\d+", shift.id)
        for rule in house.rules:
            assert re.fullmatch(rf"{house.id}-\d+\.\d+-0\.\d+", rule.persistent_id)


def test_reference_codes_never_repeat() -> None:
    assert len({reference_code(number) for number in range(100_000)}) == 100_000


def test_every_experience_has_one_rule_that_seats_its_default_party() -> None:
    for house in SEED.venues:
        for offer in house.experiences:
            (rule,) = [each for each in house.rules if each.experience_id == offer.id]
            shift = next(each for each in house.shifts if each.id == rule.shift_id)
            assert rule.min_party <= (offer.default_party_size or rule.min_party) <= rule.max_party
            minutes = range(shift.first_minute, shift.last_minute + 1, shift.interval_minutes)
            assert any(rule.first_minute <= minute <= rule.last_minute for minute in minutes)
            assert rule.max_party <= shift.covers_per_slot


def test_there_is_one_of_every_kind_of_venue() -> None:
    def has(check: Callable[[Venue], object]) -> bool:
        return any(check(house) for house in SEED.venues)

    assert has(lambda house: any(shift.last_minute > 24 * 60 for shift in house.shifts))
    assert has(lambda house: all(rule.on_request for rule in house.rules))
    assert has(lambda house: house.currency_code == "JPY" and any(r.price for r in house.rules))
    assert has(lambda house: not house.allows_requests)
    assert has(lambda house: house.closed_weekdays)
    assert has(lambda house: any(rule.experience_id is None for rule in house.rules))


def test_points_are_taken_everywhere_but_in_one_currency() -> None:
    rated = {rate.currency for rate in SEED.conversion_rates}
    assert {house.currency_code for house in SEED.venues} - rated == {"BTN"}


def test_the_members_have_every_oddity() -> None:
    members = SEED.members
    assert len(members) == len({each.customer_number for each in members}) == 20
    first = members[0]
    assert first.email == "mei.tan@example.test"
    assert first.memberships[0].balance == 250_000
    statuses = [membership.status for each in members for membership in each.memberships]
    assert {"ACTIVE", "EXPIRED", "TERMINATED"} < set(statuses)
    emails = [each.email for each in members]
    assert len(emails) - len(set(emails)) == 1
    assert any([m.status for m in each.memberships] == ["EXPIRED", "ACTIVE"] for each in members)
    assert any(each.phone is None for each in members)
    assert any(each.must_reset_password for each in members)
    assert any(m.balance % 1 for each in members for m in each.memberships)
    assert all(re.fullmatch(r"\+[1-9]\d{6,14}", each.phone) for each in members if each.phone)


def test_no_password_shows_when_a_seed_is_printed() -> None:
    assert SEED.members[0].password not in repr(SEED)
    assert SEED.client_secret not in repr(SEED)
