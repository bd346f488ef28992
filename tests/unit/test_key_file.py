"""The file of data keys is its owner's alone, and is changed as a whole."""

import base64
import stat
from pathlib import Path

import pytest

from bff.key_file import BadKeyFile, make_keys, read_keys, replace_keys

KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in range(3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "data-keys"


def test_a_new_file_is_readable_by_its_owner_only(path: Path) -> None:
    make_keys(path, KEYS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == tuple(KEYS)


def test_a_file_that_is_there_is_not_written_over(path: Path) -> None:
    make_keys(path, KEYS[:1])
    with pytest.raises(BadKeyFile, match="is there already"):
        make_keys(path, KEYS)
    assert read_keys(path) == (KEYS[0],)


def test_other_keys_take_the_place_of_the_file_and_leave_nothing_beside_it(path: Path) -> None:
    make_keys(path, KEYS[:1])
    replace_keys(path, KEYS)
    assert read_keys(path) == tuple(KEYS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_may_touch_is_refused_with_the_cure(path: Path, mode: int) -> None:
    make_keys(path, KEYS)
    path.chmod(mode)
    with pytest.raises(BadKeyFile, match=r"read by others than its owner: chmod 600 "):
        read_keys(path)


@pytest.mark.parametrize(("text", "says"), [("", "holds no key"), (" \n\n", "holds no key")])
def test_a_file_without_keys_is_refused(path: Path, text: str, says: str) -> None:
    make_keys(path, [])
    path.write_text(text)
    with pytest.raises(BadKeyFile, match=says):
        read_keys(path)


def test_what_is_no_file_of_keys_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(BadKeyFile, match="data-keys new"):
        read_keys(path)
    with pytest.raises(BadKeyFile, match="Is a directory"):
        read_keys(tmp_path)
    make_keys(path, [])
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadKeyFile, match="something else than keys"):
        read_keys(path)
