import dataclasses
import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.catalogue import slot_tokens
from bff.catalogue.model import Slot, SlotKind
from bff.catalogue.slot_tokens import BadSlotId, SlotIdExpired, SlotTokens
from bff.money import Money

NOW = dt.datetime(2025, 3, 1, 10, 0, 30, tzinfo=dt.UTC)
KEY, OLD_KEY = b"k" * 32, b"o" * 32
TOKENS = SlotTokens((KEY,), 900)
VENUE = "ahNzfnNldmVucm9vbXMtc2VjdXJlchwLEg9uaWdodGxvb3BfVmVudWUYgICA"

SLOT = Slot(
    venue_id=VENUE,
    experience_id="exp_1",
    day=dt.date(2025, 3, 8),
    time_text="7:30 PM",
    starts_at=dt.datetime(2025, 3, 8, 19, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    party_size=2,
    kind=SlotKind.INSTANT,
    shift_persistent_id=f"{VENUE}-DINNER-1443199242.75",
    access_persistent_id=f"{VENUE}-1549771833.76-0.0955918112665",
    duration_minutes=90,
    price=Money(36000, "SGD"),
)

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
WORDS = st.text(max_size=30)
SLOTS = st.builds(
    Slot,
    venue_id=WORDS,
    experience_id=st.none() | WORDS,
    day=st.dates(),
    time_text=WORDS,
    starts_at=st.builds(
        dt.datetime.fromtimestamp,
        st.integers(0, 2**32),
        OFFSETS,
    ),
    party_size=st.integers(1, 100),
    kind=st.sampled_from(SlotKind),
    shift_persistent_id=st.none() | WORDS,
    access_persistent_id=st.none() | WORDS,
    duration_minutes=st.none() | st.integers(1, 1000),
    price=st.none() | st.builds(Money, st.integers(0, 2**31 - 1), st.sampled_from(["SGD", "JPY"])),
)


@given(slot=SLOTS, points=st.none() | st.integers(0, 10**9))
def test_what_is_signed_is_read_again(slot: Slot, points: int | None) -> None:
    signed = TOKENS.read(TOKENS.sign(slot, points, NOW), NOW)
    assert signed.slot == slot
    assert signed.slot.starts_at.isoformat() == slot.starts_at.isoformat()
    assert signed.points == points


def test_what_is_only_shown_does_not_travel() -> None:
    rich = dataclasses.replace(SLOT, remaining=3, cancellation_policy="x" * 5000)
    assert TOKENS.read(TOKENS.sign(rich, None, NOW), NOW).slot == SLOT


@given(data=st.data())
def test_any_changed_character_is_refused(data: st.DataObject) -> None:
    token = TOKENS.sign(SLOT, 7200, NOW)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != token[place]))
    with pytest.raises(BadSlotId):
        TOKENS.read(token[:place] + other + token[place + 1 :], NOW)


@pytest.mark.parametrize("place", [-1, -23])
def test_a_second_spelling_of_the_same_bytes_is_refused(place: int) -> None:
    token = TOKENS.sign(SLOT, 7200, NOW)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in alphabet.replace(token[place], ""):
        changed = token[:place] + other + (token[place + 1 :] if place != -1 else "")
        with pytest.raises(BadSlotId):
            TOKENS.read(changed, NOW)


@given(token=st.text() | st.text(alphabet=st.characters(), min_size=20) | st.just("1" * 5000))
def test_no_text_from_outside_does_more_than_be_refused(token: str) -> None:
    with pytest.raises(BadSlotId):
        TOKENS.read(token, NOW)


@pytest.mark.parametrize("change", ["", "x", "=", "\x00", "\ud800"])
def test_nothing_can_be_put_before_or_behind(change: str) -> None:
    token = TOKENS.sign(SLOT, None, NOW)
    for altered in (
        token[:-1],
        token[1:],
        change + token if change else "",
        token + (change or "1"),
    ):
        with pytest.raises(BadSlotId):
            TOKENS.read(altered, NOW)


def test_an_id_can_stand_in_a_url() -> None:
    token = TOKENS.sign(SLOT, 7200, NOW)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert len(token) < 400


def test_the_same_slot_has_the_same_id_for_a_minute() -> None:
    first = TOKENS.sign(SLOT, 7200, NOW)
    assert TOKENS.sign(SLOT, 7200, NOW + dt.timedelta(seconds=20)) == first
    assert TOKENS.sign(SLOT, 7200, NOW + dt.timedelta(seconds=80)) != first


def test_an_id_lives_as_long_as_promised_and_less_than_a_minute_more() -> None:
    token = TOKENS.sign(SLOT, 7200, NOW)
    expires_at = TOKENS.read(token, NOW + dt.timedelta(seconds=900)).expires_at
    assert expires_at == dt.datetime(2025, 3, 1, 10, 16, tzinfo=dt.UTC)
    with pytest.raises(SlotIdExpired) as caught:
        TOKENS.read(token, expires_at)
    assert caught.value.signed.slot == SLOT
    assert caught.value.signed.points == 7200


def test_keys_can_be_rotated() -> None:
    old = SlotTokens((OLD_KEY,), 900).sign(SLOT, None, NOW)
    rotated = SlotTokens((KEY, OLD_KEY), 900)
    assert rotated.read(old, NOW).slot == SLOT
    assert rotated.sign(SLOT, None, NOW) == TOKENS.sign(SLOT, None, NOW)
    with pytest.raises(BadSlotId):
        TOKENS.read(old, NOW)


def test_there_is_no_signing_without_a_key() -> None:
    with pytest.raises(ValueError, match="key"):
        SlotTokens((), 900)


def test_a_payload_of_another_shape_under_our_key_is_refused() -> None:
    for raw in (b"[]", b"{}", b"nonsense", b"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]"):
        text = "1" + slot_tokens._b64(raw)
        with pytest.raises(BadSlotId):
            TOKENS.read(text + slot_tokens._mac(KEY, text), NOW)
