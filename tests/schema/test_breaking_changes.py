"""No released app breaks by surprise: a breaking change stands in the CHANGELOG, or fails."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema, find_breaking_changes

from resolvers.schema import sdl

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = "schema.graphql"
_UNRELEASED = re.compile(r"^## \[?Unreleased\]?.*?$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)

_BREAKING = re.compile(r"^(?:[-*] )?\*\*Breaking\*\*", re.MULTILINE)


def committed_schemas() -> dict[str, str]:
    """Each schema.graphql since the last release, that one included, by its commit.

    All: where a commit is tested, the last one is the present one. Skips where there is none.
    """
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed: no committed schema can be read")

    def said(*words: str) -> str:
        command = [git or "", "-C", str(ROOT), *words]
        done = subprocess.run(  # noqa: S603 - git, with words of our own
            command, check=False, capture_output=True, text=True
        )
        return done.stdout if done.returncode == 0 else ""

    release = said("describe", "--tags", "--abbrev=0").strip()
    since = [f"{release}..HEAD"] if release else ["HEAD"]
    commits = said("log", "--format=%H", *since, "--", COMMITTED).split()
    texts = {
        it: said("show", f"{it}:{COMMITTED}") for it in [*commits, *([release] * bool(release))]
    }
    found = {commit: text for commit, text in texts.items() if text}
    if not found:
        pytest.skip("no schema.graphql was committed here: there is nothing to compare with")
    return found


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
    now = sdl()
    found = {commit: breaks(before, now) for commit, before in committed_schemas().items()}
    assert not any(found.values()) or is_announced(text), found


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
