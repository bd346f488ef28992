import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.credentials.vault import CannotOpen, Vault

OLD = b"o" * 32
NEW = b"n" * 32
VAULT = Vault((OLD,))


@given(data=st.binary(max_size=2000), context=st.text(max_size=80))
def test_what_was_sealed_opens_again(data: bytes, context: str) -> None:
    assert VAULT.open(VAULT.seal(data, context), context) == data


@given(contexts=st.tuples(st.text(), st.text()).filter(lambda pair: pair[0] != pair[1]))
def test_it_does_not_open_in_another_place(contexts: tuple[str, str]) -> None:
    sealed = VAULT.seal(b"mei@example.test", contexts[0])
    with pytest.raises(CannotOpen):
        VAULT.open(sealed, contexts[1])


@given(data=st.data())
def test_one_changed_bit_anywhere_keeps_it_shut(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal(b"a member session", "sessions"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CannotOpen):
        VAULT.open(bytes(sealed), "sessions")


@given(length=st.integers(0, 60), junk=st.binary(max_size=60))
def test_cut_off_or_foreign_bytes_cannot_be_opened(length: int, junk: bytes) -> None:
    sealed = VAULT.seal(b"a longer piece of data of some size", "c")
    for broken in (sealed[:length], junk):
        with pytest.raises(CannotOpen):
            VAULT.open(broken, "c")


def test_after_a_rotation_old_and_new_are_readable_and_new_seals() -> None:
    before = Vault((OLD,)).seal(b"kept", "c")
    rotated = Vault((NEW, OLD))
    after = rotated.seal(b"kept", "c")
    assert rotated.open(before, "c") == rotated.open(after, "c") == b"kept"
    assert Vault((NEW,)).open(after, "c") == b"kept"
    assert (rotated.is_current(before), rotated.is_current(after)) == (False, True)


def test_a_key_that_was_taken_away_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        Vault((NEW,)).open(Vault((OLD,)).seal(b"kept", "c"), "c")


def test_the_same_data_never_looks_the_same_and_never_shows() -> None:
    sealed = {VAULT.seal(b"mei@example.test", "c") for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"mei" in one for one in sealed)


@pytest.mark.parametrize("keys", [(), (b"short",), (OLD, b"x" * 33)])
def test_a_vault_without_proper_keys_is_not_made(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(keys)


def test_nothing_of_the_data_is_in_the_error() -> None:
    sealed = VAULT.seal(b"canary-4711", "c")
    with pytest.raises(CannotOpen) as caught:
        VAULT.open(sealed, "other")
    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r}"
