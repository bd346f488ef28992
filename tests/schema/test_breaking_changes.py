"""No released app breaks by surprise: a breaking change stands in the CHANGELOG, or fails."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema, find_breaking_changes

from resolvers.schema import sdl

ROOT = Path(__file__).resolve().parents[2]
_UNRELEASED = re.compile(r"^## \[?Unreleased\]?.*?$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)

_BREAKING = re.compile(r"^(?:[-*] )?\*\*Breaking\*\*", re.MULTILINE)


def committed_schema() -> str:
    """The last committed schema.graphql; skips where there is none to be had."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed: the last committed schema cannot be read")
    shown = subprocess.run(  # noqa: S603 - git, with words of our own
        [git, "-C", str(ROOT), "show", "HEAD:schema.graphql"],
        check=False,
        capture_output=True,
        text=True,
    )
    if shown.returncode != 0:
        pytest.skip("no schema.graphql was committed here: there is nothing to compare with")
    return shown.stdout


def is_announced(changelog: str) -> bool:
    """Whether the Unreleased section has a line that starts with **Breaking**."""
    found = _UNRELEASED.search(changelog)
    return found is not None and _BREAKING.search(found[1]) is not None


def breaks(before: str, after: str) -> list[str]:
    changes = find_breaking_changes(build_schema(before), build_schema(after))
    return [change.description for change in changes]


def test_nothing_that_was_committed_breaks_unannounced() -> None:
    changelog = ROOT / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
    found = breaks(committed_schema(), sdl())
    assert not found or is_announced(text), found


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        ("type Query { a: Int b: Int }", "type Query { a: Int }", 1),
        ("type Query { a: Int! }", "type Query { a: Int }", 1),
        ("type Query { a: Int }", "type Query { a(b: Int!): Int }", 1),
        ("type Query { a: Int }", "type Query { a: Int! b: Int }", 0),
    ],
)
def test_a_break_is_told_from_an_addition(before: str, after: str, count: int) -> None:
    assert len(breaks(before, after)) == count


@pytest.mark.parametrize(
    ("changelog", "announced"),
    [
        ("", False),
        ("## [Unreleased]\n- Added a field\n", False),
        ("## [Unreleased]\n**Breaking**: a is gone\n", True),
        ("## [Unreleased]\n### Removed\n- **Breaking** a is gone\n## [1.0.0]\n", True),
        ("## Unreleased\n\n## [1.0.0]\n- **Breaking** long ago\n", False),
    ],
)
def test_only_the_unreleased_section_announces(changelog: str, *, announced: bool) -> None:
    assert is_announced(changelog) is announced
